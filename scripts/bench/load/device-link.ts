import type { Duplex } from 'node:stream';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { type Receipt, receiptSchema } from '../../../chaincode/protocol/receipt.ts';
import { receiptTopic, telemetryTopic, type TopicOwner } from '../../../chaincode/protocol/topics.ts';

export interface LinkEvents {
  /** A message is in the database; `due` is what it was published with. */
  settled(due: number): void;
  refused(code: string): void;
  /** All of a receipt was told: there may be room for more. */
  receipted(): void;
  /** The connection is over, and not because it was closed. */
  failed(reason: Error): void;
}

const PROTOCOL = { protocolVersion: 5 } as const;
const KEEPALIVE_SECONDS = 300;
const SUBSCRIBE_ID = 0xffff;
/** Publications have the ids below that of the subscription. */
const PUBLICATION_IDS = 0xfffe;
/** Reason codes from here on say no (MQTT 5 section 2.4). */
const FAILURE = 0x80;

/**
 * A device's connection, made to cost little: it numbers its messages and forgets them with their receipt, as the
 * library in ingest/device does, and keeps nothing on disk. Nothing is sent twice, so what gets lost stays lost.
 */
export class DeviceLink {
  readonly #stream: Duplex;
  readonly #owner: TopicOwner;
  readonly #events: LinkEvents;
  readonly #ready = Promise.withResolvers<undefined>();
  /** When each message without receipt was due, by sequence number. */
  readonly #unreceipted = new Map<number, number>();
  #sent = 0;
  #over = false;

  constructor(stream: Duplex, owner: TopicOwner, events: LinkEvents) {
    this.#stream = stream;
    this.#owner = owner;
    this.#events = events;
    const reader = parser(PROTOCOL);
    reader.on('packet', (packet: Packet) => {
      this.#receive(packet);
    });
    stream.on('data', (chunk: Buffer) => {
      // What is answered goes out together with what there is room for then.
      stream.cork();
      reader.parse(chunk);
      stream.uncork();
    });
    for (const source of [stream, reader]) {
      source.on('error', (error: Error) => {
        this.#fail(error.message);
      });
    }
    stream.on('close', () => {
      this.#fail('the connection is closed');
    });
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      ...PROTOCOL,
      clientId: owner.device,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
    });
  }

  /** Resolves when the broker has granted the subscription to receipts. */
  get ready(): Promise<unknown> {
    return this.#ready.promise;
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
    if (dues.length === 0) return;
    this.#stream.write(Buffer.concat(dues.map((due) => this.#publication(due))));
  }

  close(): void {
    this.#over = true;
    this.#stream.destroy();
  }

  #publication(due: number): Buffer {
    this.#sent += 1;
    const seq = this.#sent;
    this.#unreceipted.set(seq, due);
    return generate(
      {
        cmd: 'publish',
        topic: telemetryTopic(this.#owner),
        payload: JSON.stringify({ seq, ts: Date.now(), values: valuesOf(seq) }),
        qos: 1,
        messageId: 1 + (seq % PUBLICATION_IDS),
        dup: false,
        retain: false,
      },
      PROTOCOL,
    );
  }

  #receive(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        this.#take(packet);
        break;
      case 'puback':
        this.#check(packet.reasonCode, 'a message');
        break;
      case 'connack':
        this.#check(packet.reasonCode, 'the connection');
        this.#send({
          cmd: 'subscribe',
          messageId: SUBSCRIBE_ID,
          subscriptions: [{ topic: receiptTopic(this.#owner), qos: 1 }],
        });
        break;
      case 'suback':
        this.#ready.resolve(undefined);
        break;
      case 'disconnect':
        this.#fail(`the broker ends the connection: reason 0x${(packet.reasonCode ?? 0).toString(16)}`);
        break;
      default:
        break;
    }
  }

  #take({ payload, messageId }: IPublishPacket): void {
    if (messageId !== undefined) this.#send({ cmd: 'puback', messageId, reasonCode: 0 });
    this.#settle(receiptSchema.parse(JSON.parse(payload.toString())));
    this.#events.receipted();
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

  #check(reasonCode: number | undefined, what: string): void {
    if (reasonCode !== undefined && reasonCode >= FAILURE)
      this.#fail(`the broker refuses ${what}: reason 0x${reasonCode.toString(16)}`);
  }

  #send(packet: Packet): void {
    this.#stream.write(generate(packet, PROTOCOL));
  }

  #fail(why: string): void {
    if (this.#over) return;
    this.close();
    const reason = new BiotError('BROKER_UNAVAILABLE', `${this.#owner.device}: ${why}`);
    this.#ready.reject(reason);
    this.#events.failed(reason);
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
