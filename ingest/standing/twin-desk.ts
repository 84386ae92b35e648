import type { Logger } from 'pino';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { desiredTopic, parseReportedTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { TwinDesired } from '../../chaincode/protocol/twin.ts';
import { decodeReport } from '../../chaincode/protocol/twin-report.ts';
import type { Time } from '../../network/time.ts';
import type { DueTwin, Report } from '../../sql/writers/twins.ts';
import { handOver } from '../commands/hand-over.ts';
import type { Delivery, DeliverySource, Publisher } from '../delivery.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { type TakenReport, WaitingReports } from './waiting-reports.ts';

/** What the database keeps. Every method throws BiotError DATABASE_UNAVAILABLE or INTERNAL. */
export interface TwinStore {
  /** All or nothing. */
  putReported(reports: readonly Report[]): Promise<void>;
  toSend(limit: number): Promise<DueTwin[]>;
  sent(twin: DueTwin): Promise<void>;
  sendAll(): Promise<void>;
}

export interface TwinDeskParts {
  readonly store: TwinStore;
  readonly broker: Pick<DeliverySource, 'connected' | 'sessions'> & Publisher;
  readonly admission: Pick<Admission, 'activeDevice'>;
  /** Checks that a device itself signed a report that the gateway relayed, and gives it. Rejects with TOKEN_… when not. */
  readonly openRelayed: (device: Device, delivery: Delivery) => Promise<Delivery>;
  readonly refusals: MessageRefusals;
  readonly log: Pick<Logger, 'error'>;
  readonly time: Time;
}

/** With the largest properties those that are sent together fit into the outbox. */
const AT_ONCE = 200;
const MESSAGE_LENGTH = 200;

/**
 * Keeps what devices report, and hands the broker what is wanted of them, retained: so an offline device finds the newest
 * when it returns, and nothing but the newest. A report is acknowledged to the broker when it is in the database.
 */
export class TwinDesk {
  readonly #parts: TwinDeskParts;
  readonly #waiting = new WaitingReports();
  #session = 0;

  constructor(parts: TwinDeskParts) {
    this.#parts = parts;
  }

  /** Takes a report; never throws. */
  receive(delivery: Delivery): void {
    const topic = parseReportedTopic(delivery.topic);
    // The broker lets only the device itself publish to its topic.
    if (topic?.source === 'relay') void this.#receiveRelayed(topic, delivery);
    else this.#take(topic, delivery);
  }

  async #receiveRelayed(owner: TopicOwner, delivery: Delivery): Promise<void> {
    const { admission, openRelayed } = this.#parts;
    try {
      this.#take(owner, await openRelayed(admission.activeDevice(owner), delivery));
    } catch (error) {
      this.#refuse(owner.device, error);
      delivery.acknowledge();
    }
  }

  #take(owner: TopicOwner | undefined, delivery: Delivery): void {
    const { admission, time } = this.#parts;
    try {
      if (owner === undefined) throw new BiotError('TOPIC_INVALID', 'not our topic');
      const { id: device, tenant } = admission.activeDevice(owner);
      const { properties, desiredVersion = null } = decodeReport(delivery.payload);
      this.#waiting.add({ device, tenant, properties, desiredVersion, at: time.now() }, delivery);
    } catch (error) {
      this.#refuse(owner?.device ?? null, error);
      delivery.acknowledge();
    }
  }

  /** Writes what was reported. @throws BiotError DATABASE_UNAVAILABLE: what was not written is the next time */
  async write(): Promise<void> {
    const taken = this.#waiting.take(AT_ONCE);
    if (taken.length === 0) return;
    try {
      await this.#put(taken);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // The database is there and refuses: whichever report it is must not hold back all the others.
      for (const each of taken) await this.#putAlone(each);
    }
  }

  /** Hands out what is wanted. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL: what was not sent is the next time */
  async send(signal: AbortSignal): Promise<void> {
    const { broker, store, time } = this.#parts;
    if (!broker.connected()) return;
    const session = broker.sessions;
    if (session !== this.#session) await store.sendAll();
    this.#session = session;
    const due = await store.toSend(AT_ONCE);
    const sent = await handOver(due, (twin) => this.#publish(twin), { time, signal });
    for (const twin of sent) await store.sent(twin);
  }

  async #put(taken: readonly TakenReport[]): Promise<void> {
    await this.#parts.store.putReported(taken.map(({ report }) => report));
    for (const each of taken) this.#waiting.settled(each);
  }

  async #putAlone(taken: TakenReport): Promise<void> {
    try {
      await this.#put([taken]);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      this.#parts.log.error({ err: error, device: taken.report.device }, 'a report could not be written');
      this.#refuse(taken.report.device, error);
      this.#waiting.settled(taken);
    }
  }

  #refuse(device: string | null, error: unknown): void {
    const { log, refusals } = this.#parts;
    if (!(error instanceof BiotError)) log.error({ err: error }, 'a report could not be handled');
    const { code, message } = error instanceof BiotError ? error : new BiotError('INTERNAL', 'unexpected');
    refusals.add({ device, code, message: message.slice(0, MESSAGE_LENGTH).toWellFormed() });
  }

  /** @returns whether the broker has it; that nobody subscribes at present does not matter */
  #publish({ device, tenant, twin }: DueTwin): Promise<boolean> {
    const message: TwinDesired = {
      version: twin.desired.version,
      properties: twin.desired.properties,
      delta: twin.delta,
    };
    return new Promise((resolve) => {
      this.#parts.broker.publish(desiredTopic({ tenant, device }), JSON.stringify(message), {
        qos: 1,
        retain: true,
        settled: (reasonCode) => {
          resolve(reasonCode !== undefined && reasonCode < FAILURE);
        },
      });
    });
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof BiotError && error.code === 'DATABASE_UNAVAILABLE';
}

/** Reason codes from here on say no (MQTT 5 section 2.4). */
const FAILURE = 0x80;
