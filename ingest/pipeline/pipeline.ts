import type { Logger } from 'pino';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { peekSequence } from '../../chaincode/protocol/message-decoding.ts';
import { messageParts } from '../../chaincode/protocol/message-parts.ts';
import { parseTelemetryTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import { Backoff } from '../../network/backoff.ts';
import type { Delivery, Publisher } from '../delivery.ts';
import type { IngestMetrics } from '../operations/metrics.ts';
import type { Troubles } from '../../network/anchoring/troubles.ts';
import type { BatchWriter, Written } from '../store/batch-writer.ts';
import { MinuteLimit } from '../../network/minute-limit.ts';
import type { PendingMessage } from '../store/pending-message.ts';
import { pause, type Time } from '../../network/time.ts';
import type { Admission } from './admission.ts';
import { BatchQueue, type Queued, type QueueSettings } from './batch-queue.ts';
import { publishLive } from './live-feed.ts';
import type { ReceiptDesk } from './receipt-desk.ts';
import type { MessageRefusals } from './refused-message.ts';
import { sharedDeliveries } from './shared-delivery.ts';

export interface PipelineParts {
  readonly admission: Pick<Admission, 'activeDevice' | 'message'>;
  /** Checks that a device itself signed a message that the gateway relayed, and gives it. Rejects with TOKEN_… when not. */
  readonly openRelayed: (device: Device, delivery: Delivery) => Promise<Delivery>;
  readonly writer: Pick<BatchWriter, 'write'>;
  readonly troubles: Pick<Troubles, 'raise' | 'clear'>;
  readonly receipts: Pick<ReceiptDesk, 'committed' | 'refused'>;
  readonly refusals: MessageRefusals;
  /** Called for each message of a device that is to be stored. */
  readonly onTaken: (device: Device) => void;
  readonly publisher: Publisher;
  readonly metrics: IngestMetrics;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly time: Time;
  readonly queue: QueueSettings;
  /** Called after each batch that was committed, with its number: there is something to anchor, and to look at. */
  readonly onCommitted: (sequence: number, messages: readonly PendingMessage[]) => void;
}

/** A message on its way into the database. */
class Item implements Queued {
  readonly message: PendingMessage;
  readonly delivery: Delivery;

  constructor(message: PendingMessage, delivery: Delivery) {
    this.message = message;
    this.delivery = delivery;
  }

  get bytes(): number {
    return this.message.canonical.length;
  }

  owed(): boolean {
    return this.delivery.owed();
  }
}

/** What is known about a delivery's sender when it is refused. */
interface Sender {
  readonly owner: TopicOwner;
  readonly epoch: number | null;
  /** Whether it is the device itself: only then may it be told to forget a message. */
  readonly proven: boolean;
}

/** What a sender may have put into an error's text is cut to this length. */
const MESSAGE_LENGTH = 200;
/** Short, because asking for a connection already takes its time while there is none. */
const RETRY = { firstMs: 50, longestMs: 2_000 };

/**
 * From delivery to commit. Nothing is acknowledged before the database has committed it or it was refused for good,
 * so a failure at any point costs nothing but a delivery again.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #queue: BatchQueue<Item>;
  readonly #backoff: Backoff;
  readonly #logged = new MinuteLimit();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#queue = new BatchQueue(parts.queue, parts.time);
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
    parts.metrics.observeQueue(() => this.#queue.size);
  }

  /** Takes a delivery; never throws. */
  receive(delivery: Delivery): void {
    const topic = parseTelemetryTopic(delivery.topic);
    if (topic === undefined)
      this.#refuse(delivery, undefined, new BiotError('TOPIC_INVALID', 'not our topic'));
    // The broker lets only the device itself publish to its topic.
    else if (topic.source === 'device') this.receiveFrom(topic, delivery);
    else void this.#receiveRelayed(delivery, topic);
  }

  /** Writes batches until the queue has ended and is empty, or the signal stops it in front of a dead database. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const batch = await this.#queue.next();
      if (batch === undefined) return;
      await this.#write(batch, signal);
    }
  }

  /** No more deliveries come: `run` writes what is there and returns. */
  end(): void {
    this.#queue.end();
  }

  /** Takes a delivery of a device that has proved to be who it is; never throws. */
  receiveFrom(owner: TopicOwner, delivery: Delivery): void {
    let sender: Sender = { owner, epoch: null, proven: true };
    try {
      const device = this.#parts.admission.activeDevice(owner);
      sender = { owner, epoch: device.epoch, proven: true };
      this.#takeAll(delivery, device, sender);
    } catch (error) {
      this.#refuse(delivery, sender, error);
    }
  }

  async #receiveRelayed(relayed: Delivery, owner: TopicOwner): Promise<void> {
    let sender: Sender = { owner, epoch: null, proven: false };
    let delivery = relayed;
    try {
      const device = this.#parts.admission.activeDevice(owner);
      delivery = await this.#parts.openRelayed(device, relayed);
      sender = { owner, epoch: device.epoch, proven: true };
      this.#takeAll(delivery, device, sender);
    } catch (error) {
      this.#refuse(delivery, sender, error);
    }
  }

  /** Each message for itself: one that is refused keeps no other of the same delivery back. */
  #takeAll(delivery: Delivery, device: Device, sender: Sender): void {
    for (const part of sharedDeliveries(delivery, messageParts(delivery.payload))) {
      try {
        this.#take(part, device);
      } catch (error) {
        this.#refuse(part, sender, error);
      }
    }
  }

  #take(delivery: Delivery, device: Device): void {
    const message = this.#parts.admission.message(device, delivery.payload);
    this.#parts.onTaken(device);
    const forgotten = this.#queue.add(new Item(message, delivery));
    if (forgotten !== undefined) this.#parts.metrics.forgotten.inc();
  }

  #refuse(delivery: Delivery, sender: Sender | undefined, error: unknown): void {
    const refusal = this.#refusal(error);
    this.#parts.metrics.refused.inc({ code: refusal.code });
    this.#parts.refusals.add({ device: sender?.owner.device ?? null, ...refusal });
    if (sender?.proven === true) {
      const seq = peekSequence(delivery.payload);
      this.#parts.receipts.refused(sender.owner, sender.epoch, { seq, ...refusal });
    }
    delivery.acknowledge(refusal);
  }

  #refusal(error: unknown): { code: ErrorCode; message: string } {
    if (error instanceof BiotError)
      return { code: error.code, message: error.message.slice(0, MESSAGE_LENGTH) };
    this.#parts.log.error({ err: error }, 'a message could not be handled');
    return { code: 'INTERNAL', message: 'the message could not be handled' };
  }

  async #write(batch: readonly Item[], signal: AbortSignal): Promise<void> {
    const done = this.#parts.metrics.writeSeconds.startTimer();
    const written = await this.#writeAtLast(
      batch.map(({ message }) => message),
      signal,
    );
    if (written === undefined) return;
    done();
    this.#settle(batch, written);
  }

  /** @returns undefined when the signal ended it: the messages come again */
  async #writeAtLast(messages: readonly PendingMessage[], signal: AbortSignal): Promise<Written | undefined> {
    const { metrics, time, troubles, writer } = this.#parts;
    while (!signal.aborted) {
      try {
        const written = await writer.write(messages);
        this.#backoff.succeeded();
        troubles.clear('storage');
        return written;
      } catch (error) {
        metrics.writeFailures.inc();
        await this.#notWritten(error, messages.length);
        await pause(time, this.#backoff.next(), signal);
      }
    }
    return undefined;
  }

  /**
   * A row that is not ours in the next batch's place does not go away by waiting. It is neither overwritten, being
   * somebody's evidence, nor skipped, as the ledger takes no gaps: telemetry stays unacknowledged, with the broker and
   * the devices, until people have removed the row, and then goes on by itself.
   */
  async #notWritten(error: unknown, messages: number): Promise<void> {
    const { log, time, troubles } = this.#parts;
    const code = error instanceof BiotError ? error.code : 'INTERNAL';
    if (this.#logged.free(code, time.now()))
      log.warn({ err: error, messages }, 'batch not written, trying again');
    this.#logged.use(code, time.now());
    if (code === 'ANCHOR_CONFLICT' && error instanceof Error)
      await troubles.raise('storage', 'LOG_PLACE_TAKEN', `${code}: ${error.message}`);
  }

  #settle(batch: readonly Item[], { outcomes, header, conflicts }: Written): void {
    const { metrics, publisher, receipts } = this.#parts;
    for (const { delivery } of batch) delivery.acknowledge();
    const sorted = Map.groupBy(batch, (_, index) => outcomes[index] ?? 'again');
    const stored = (sorted.get('stored') ?? []).map(({ message }) => message);
    const again = (sorted.get('again') ?? []).map(({ message }) => message);
    receipts.committed([...stored, ...again]);
    for (const item of sorted.get('excess') ?? []) this.#refuseExcess(item);
    publishLive(publisher, stored);
    metrics.written({ stored, again: again.length, conflicts });
    if (header !== undefined) this.#parts.onCommitted(header.sequence, stored);
  }

  #refuseExcess({ message, delivery }: Item): void {
    const sender = { owner: message, epoch: message.epoch, proven: true };
    const reason = `number ${message.seq} has come with too many different contents`;
    this.#refuse(delivery, sender, new BiotError('SEQUENCE_CONFLICT', reason));
  }
}
