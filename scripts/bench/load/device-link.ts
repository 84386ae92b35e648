import type { Duplex } from 'node:stream';

import { type Receipt, receiptSchema } from '../../../chaincode/protocol/receipt.ts';
import { receiptTopic, telemetryTopic, type TopicOwner } from '../../../chaincode/protocol/topics.ts';
import { BrokerStream } from './broker-stream.ts';

export interface LinkEvents {
  /** A message is in the database; `due` is what it was published with. */
  settled(due: number): void;
  refused(code: string): void;
  /** All of a receipt was told: there may be room for more. */
  receipted(): void;
  /** The connection is over, and not because it was closed. */
  failed(reason: Error): void;
}

/**
 * A device's connection, made to cost little: it numbers its messages and forgets them with their receipt, as the
 * library in ingest/device does, and keeps nothing on disk. Nothing is sent twice, so what gets lost stays lost.
 */
export class DeviceLink {
  readonly #stream: BrokerStream;
  readonly #owner: TopicOwner;
  readonly #events: LinkEvents;
  /** When each message without receipt was due, by sequence number. */
  readonly #unreceipted = new Map<number, number>();
  #sent = 0;

  constructor(stream: Duplex, owner: TopicOwner, events: LinkEvents) {
    this.#owner = owner;
    this.#events = events;
    this.#stream = new BrokerStream(
      stream,
      { device: owner.device, topic: receiptTopic(owner) },
      {
        received: ({ payload }) => {
          this.#settle(receiptSchema.parse(JSON.parse(payload.toString())));
          events.receipted();
        },
        failed: (reason) => {
          events.failed(reason);
        },
      },
    );
  }

  /** Resolves when the broker has granted the subscription to receipts. */
  get ready(): Promise<unknown> {
    return this.#stream.ready;
  }

  /** The last sequence number. */
  get sent(): number {
    return this.#sent;
  }

  get unreceipted(): number {
    return this.#unreceipted.size;
  }

  /** Publishes a message for each instant, in one write. */
  publish(dues: readonly number[]): void {
    const topic = telemetryTopic(this.#owner);
    this.#stream.publish(dues.map((due) => ({ topic, payload: this.#message(due) })));
  }

  close(): void {
    this.#stream.close();
  }

  #message(due: number): string {
    this.#sent += 1;
    const seq = this.#sent;
    this.#unreceipted.set(seq, due);
    return JSON.stringify({ seq, ts: Date.now(), values: valuesOf(seq) });
  }

  #settle({ committed, refused }: Receipt): void {
    for (const [first, last] of committed) {
      for (let seq = first; seq <= last; seq += 1) {
        const due = this.#unreceipted.get(seq);
        if (due !== undefined && this.#unreceipted.delete(seq)) this.#events.settled(due);
      }
    }
    for (const { seq, code } of refused) {
      if (seq !== null) this.#unreceipted.delete(seq);
      this.#events.refused(code);
    }
  }
}

/** Three readings that change from message to message. */
function valuesOf(seq: number): Record<string, number> {
  return {
    temperature: 20 + (seq % 100) / 10,
    humidity: 40 + (seq % 37) / 2,
    pressure: 1000 + (seq % 251) / 10,
  };
}
