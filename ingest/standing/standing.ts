import type { Logger } from 'pino';

import { parsePresenceTopic, parseReportedTopic } from '../../chaincode/protocol/topics.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import { repeat } from '../../network/repeat.ts';
import type { Time } from '../../network/time.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { putReported, sendAllTwins, twinSent, twinsToSend } from '../../sql/writers/twins.ts';
import type { Delivery, DeliverySource, Publisher } from '../delivery.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { databasePresence } from '../presence/presence-store.ts';
import { PresenceWatch } from '../presence/presence-watch.ts';
import { TwinDesk, type TwinDeskParts } from './twin-desk.ts';

export interface StandingParts {
  readonly service: string;
  readonly database: Queryable;
  readonly transact: Transact;
  readonly mirror: RegistryMirror;
  readonly broker: DeliverySource & Publisher;
  readonly admission: Pick<Admission, 'activeDevice'>;
  readonly openRelayed: TwinDeskParts['openRelayed'];
  /** Where what is refused of such an action is counted. */
  readonly refuser: (action: string) => MessageRefusals;
  readonly log: Logger;
  readonly time: Time;
}

const PRESENCE_EVERY_MS = 1_000;
const TWINS_EVERY_MS = 300;
const RETRY_MS = 1_000;

/** How things stand with devices: whether they are there, and how they differ from what is wanted of them. */
export class Standing {
  readonly #parts: StandingParts;
  readonly #presence: PresenceWatch;
  readonly #twins: TwinDesk;

  constructor(parts: StandingParts) {
    const { database, refuser, time, transact } = parts;
    const now = (): number => time.now();
    this.#parts = parts;
    this.#presence = new PresenceWatch({
      ...parts,
      store: databasePresence({ ...parts, now }),
      refusals: refuser('refuseAnnouncement'),
      now,
    });
    this.#twins = new TwinDesk({
      ...parts,
      store: {
        putReported: (reports) =>
          transact(async (transaction) => {
            for (const report of reports) await putReported(transaction, report);
          }),
        toSend: (limit) => twinsToSend(database, limit),
        sent: (twin) => twinSent(database, twin),
        sendAll: () => sendAllTwins(database),
      },
      refusals: refuser('refuseReport'),
    });
  }

  /** A message of the device came, whichever way. */
  heard(device: { readonly id: string }): void {
    this.#presence.heard(device);
  }

  /** The device waits for its orders, for so long at most. */
  waits(device: string, forMs: number): void {
    this.#presence.waits(device, forMs);
  }

  /** It waits no more. */
  waited(device: string): void {
    this.#presence.waited(device);
  }

  /** Takes what is for it; never throws. @returns whether it was */
  receive(delivery: Delivery): boolean {
    if (parsePresenceTopic(delivery.topic) !== undefined) this.#presence.receive(delivery);
    else if (parseReportedTopic(delivery.topic) !== undefined) this.#twins.receive(delivery);
    else return false;
    return true;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, time } = this.#parts;
    const common = { retryMs: RETRY_MS, log, time };
    const twins = { ...common, everyMs: TWINS_EVERY_MS };
    await Promise.all([
      repeat(
        { ...common, name: 'presence', everyMs: PRESENCE_EVERY_MS, task: () => this.#presence.work() },
        signal,
      ),
      repeat({ ...twins, name: 'reported twins', task: () => this.#twins.write() }, signal),
      repeat({ ...twins, name: 'desired twins', task: () => this.#twins.send(signal) }, signal),
    ]);
  }
}
