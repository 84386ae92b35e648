import type { Logger } from 'pino';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { Backoff } from '../../network/backoff.ts';
import type { Delivery } from '../delivery.ts';
import type { IngestMetrics } from '../operations/metrics.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { pause, type Time } from '../../network/time.ts';
import { Alarm } from './alarm.ts';

/** Who said something, and when (ms since the Unix epoch). */
export interface Heard {
  readonly device: string;
  readonly actor: string;
  readonly at: number;
}

export interface AnswerDeskParts<Said> {
  readonly admission: Pick<Admission, 'activeDevice'>;
  /** Whose topic it is; undefined when it is none of ours. */
  readonly ownerOf: (topic: string) => TopicOwner | undefined;
  /** What a device says. @throws BiotError */
  readonly read: (delivery: Delivery) => Said;
  /** Writes down what devices said, in their order. @returns for each a BiotError when it is refused */
  readonly take: (said: readonly (Said & Heard)[]) => Promise<readonly unknown[]>;
  readonly refusals: MessageRefusals;
  readonly metrics: Pick<IngestMetrics, 'refused'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly time: Time;
}

interface Item<Said> {
  readonly said: Said & Heard;
  readonly delivery: Delivery;
}

/** Answers that are written together, in number and in bytes: the database takes packets of 16 MiB. */
const ANSWERS_AT_ONCE = 1_000;
const BYTES_AT_ONCE = 2 * 1024 * 1024;
/** Beyond it, answers that the broker is owed nothing for are dropped; it is owed at most 4,096. */
const MOST_WAITING = 8_192;
const RETRY = { firstMs: 50, longestMs: 2_000 };
/** A database that is there and refuses: after so many times it is the answers, and each is written by itself. */
const MOST_REFUSALS = 5;
const IDLE_MS = 10_000;
const MESSAGE_LENGTH = 200;

/**
 * Takes what devices answer to what they were told. Nothing is acknowledged to the broker before it is in the database or refused for good.
 * What is refused changes nothing, and becomes an entry of the audit trail.
 */
export class AnswerDesk<Said extends object> {
  readonly #parts: AnswerDeskParts<Said>;
  readonly #backoff: Backoff;
  readonly #waiting: Item<Said>[] = [];
  readonly #alarm: Alarm;
  /** Times that the database has refused the same answers. */
  #refusals = 0;

  constructor(parts: AnswerDeskParts<Said>) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
    this.#alarm = new Alarm(parts.time);
  }

  /** Takes a delivery; never throws. */
  receive(delivery: Delivery): void {
    const owner = this.#parts.ownerOf(delivery.topic);
    if (owner === undefined) this.#refuse(delivery, null, new BiotError('TOPIC_INVALID', 'not our topic'));
    else this.receiveFrom(owner, delivery);
  }

  /** Takes an answer of a device that has proved to be who it is; never throws. */
  receiveFrom(owner: TopicOwner, delivery: Delivery): void {
    try {
      this.#queue({ said: this.#read(owner, delivery), delivery });
    } catch (error) {
      this.#refuse(delivery, owner.device, error);
    }
  }

  /** Takes what somebody else handed on, when it proves to be the device's; never throws. */
  async receiveProved(
    owner: TopicOwner,
    delivery: Delivery,
    prove: (device: Device) => Promise<Delivery>,
  ): Promise<void> {
    try {
      this.receiveFrom(owner, await prove(this.#parts.admission.activeDevice(owner)));
    } catch (error) {
      this.#refuse(delivery, owner.device, error);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.length === 0) await this.#alarm.sleep(IDLE_MS, signal);
      else await this.#write(this.#next(), signal);
    }
  }

  #read(owner: TopicOwner, delivery: Delivery): Said & Heard {
    const { admission, read, time } = this.#parts;
    const { id: device } = admission.activeDevice(owner);
    return { ...read(delivery), device, actor: device, at: time.now() };
  }

  #queue(item: Item<Said>): void {
    if (this.#waiting.length >= MOST_WAITING && !item.delivery.owed()) return;
    this.#waiting.push(item);
    this.#alarm.wake();
  }

  #next(): Item<Said>[] {
    let bytes = 0;
    const full = this.#waiting.findIndex(({ delivery }, index) => {
      bytes += delivery.payload.length;
      return index >= ANSWERS_AT_ONCE || (index > 0 && bytes > BYTES_AT_ONCE);
    });
    return full < 0 ? [...this.#waiting] : this.#waiting.slice(0, full);
  }

  async #write(batch: readonly Item<Said>[], signal: AbortSignal): Promise<void> {
    try {
      await this.#take(batch);
    } catch (error) {
      this.#refusals += isUnavailable(error) ? 0 : 1;
      if (this.#refusals < MOST_REFUSALS) await this.#wait(error, signal);
      else await this.#writeSingly(batch, signal);
    }
  }

  async #take(batch: readonly Item<Said>[]): Promise<void> {
    const outcomes = await this.#parts.take(batch.map(({ said }) => said));
    this.#waiting.splice(0, batch.length);
    this.#backoff.succeeded();
    this.#refusals = 0;
    for (const [index, item] of batch.entries()) this.#settle(item, outcomes[index]);
  }

  async #wait(error: unknown, signal: AbortSignal): Promise<void> {
    const { log, time } = this.#parts;
    log.warn({ err: error }, 'answers are not written, trying again');
    await pause(time, this.#backoff.next(), signal);
  }

  /** Whatever is wrong with one must hold back neither the others nor telemetry, which is acknowledged in its turn. */
  async #writeSingly(batch: readonly Item<Said>[], signal: AbortSignal): Promise<void> {
    this.#refusals = 0;
    for (const item of batch) {
      if (signal.aborted) return;
      try {
        await this.#take([item]);
      } catch (error) {
        if (isUnavailable(error)) {
          await this.#wait(error, signal);
          return;
        }
        this.#giveUp(item, error);
      }
    }
  }

  /** Its command runs out. */
  #giveUp({ delivery, said: { device } }: Item<Said>, error: unknown): void {
    this.#parts.log.error({ err: error, device }, 'an answer could not be written');
    this.#waiting.shift();
    this.#refuse(delivery, device, error);
  }

  #settle({ delivery, said }: Item<Said>, outcome: unknown): void {
    if (outcome instanceof BiotError) this.#refuse(delivery, said.device, outcome);
    else delivery.acknowledge();
  }

  #refuse(delivery: Delivery, device: string | null, error: unknown): void {
    const { log, metrics, refusals } = this.#parts;
    const known = error instanceof BiotError;
    if (!known) log.error({ err: error }, 'an answer could not be handled');
    const code = known ? error.code : 'INTERNAL';
    const message = known ? error.message : 'the answer could not be handled';
    metrics.refused.inc({ code });
    const refusal = { code, message: message.slice(0, MESSAGE_LENGTH) };
    refusals.add({ device, ...refusal });
    delivery.acknowledge(refusal);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof BiotError && error.code === 'DATABASE_UNAVAILABLE';
}
