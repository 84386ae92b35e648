import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';
import { isTarget } from '../../chaincode/protocol/firmware/rollout-plan.ts';
import type { FirmwareNotice } from '../../chaincode/protocol/firmware/rollout-wire.ts';
import { noticeTopic } from '../../chaincode/protocol/topics.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Time } from '../../network/time.ts';
import { notifiedSince } from '../../sql/queries/rollouts.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { hastenUpdates, lockUpdatesDue, putUpdates, type Update } from '../../sql/writers/updates.ts';
import { Addressees } from '../commands/addressees.ts';
import { handOver } from '../commands/hand-over.ts';
import type { Publisher } from '../delivery.ts';
import { takeUpdateSteps } from './update-progress.ts';
import { attempted } from './update-step.ts';

export interface NotifierParts {
  readonly database: Queryable;
  readonly transact: Transact;
  readonly mirror: Pick<RegistryMirror, 'device'>;
  readonly broker: Publisher & { connected(): boolean };
  readonly time: Time;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Notices that are handed to the broker together. */
const NOTICES_AT_ONCE = 500;

/**
 * Tells devices of a rollout, no more of them in a minute than it says, and evenly. How many were told is counted in the
 * database, and a restart goes on counting; those whom a crash overtakes between the notice and the count, a second's share
 * at most, are not counted. That a device will be told is on the disk before it is.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #addressees: Addressees;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#addressees = new Addressees(parts.time);
  }

  /** @returns whether it was looked for */
  heard(device: string): boolean {
    return this.#addressees.heard(device);
  }

  /** Those who came back are told now. */
  async welcome(): Promise<void> {
    const { database, time } = this.#parts;
    await hastenUpdates(database, this.#addressees.takeThere(), time.now());
  }

  async notify(rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { broker, time } = this.#parts;
    if (!broker.connected()) return;
    const due = await this.#claim(rollout, await this.#allowance(rollout));
    const taken = await handOver(due, (update) => this.#publish(rollout, update), { time, signal });
    const steps = taken
      .filter(({ state }) => state === 'waiting')
      .map(({ device }) => ({ rollout: rollout.id, device, to: 'notified' as const, at: time.now() }));
    await takeUpdateSteps({ ...this.#parts, now: () => time.now() }, steps);
  }

  async #allowance({ id, ratePerMinute }: Rollout): Promise<number> {
    const { database, time } = this.#parts;
    const now = time.now();
    const lastMinute = await notifiedSince(database, id, now - MINUTE_MS);
    const lastSecond = await notifiedSince(database, id, now - SECOND_MS);
    const left = Math.min(ratePerMinute - lastMinute, Math.ceil(ratePerMinute / 60) - lastSecond);
    return Math.max(0, Math.min(left, NOTICES_AT_ONCE));
  }

  /** Those that wait, as many as may be told, and those that have not answered a notice. */
  #claim({ id }: Rollout, allowance: number): Promise<Update[]> {
    const { time, transact } = this.#parts;
    return transact(async (transaction) => {
      const now = time.now();
      const of = { rollout: id, now };
      const waiting = await lockUpdatesDue(transaction, { ...of, state: 'waiting', limit: allowance });
      const silent = await lockUpdatesDue(transaction, { ...of, state: 'notified', limit: NOTICES_AT_ONCE });
      const claimed = [...waiting, ...silent].map((update) => attempted(update, now, time.random()));
      await putUpdates(transaction, claimed, now);
      return claimed;
    });
  }

  /** @returns whether the broker took it for somebody */
  #publish(rollout: Rollout, { device: id }: Update): Promise<boolean> {
    const { broker, mirror } = this.#parts;
    const device = mirror.device(id);
    if (device === undefined || !isTarget(rollout, device)) return Promise.resolve(false);
    const notice: FirmwareNotice = {
      rollout: rollout.id,
      release: rollout.release,
      version: rollout.version,
    };
    return new Promise((resolve) => {
      broker.publish(noticeTopic({ tenant: rollout.tenant, device: id }), JSON.stringify(notice), {
        qos: 1,
        settled: (reasonCode) => {
          this.#addressees.tried(id, reasonCode === 0);
          resolve(reasonCode === 0);
        },
      });
    });
  }
}
