import type { Duplex } from 'node:stream';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

import { BiotError } from '../../../chaincode/protocol/errors.ts';

export interface StreamEvents {
  /** Something came on the topic that is subscribed to; it is acknowledged already. */
  received(packet: IPublishPacket): void;
  /** The connection is over, and not because it was closed. */
  failed(reason: BiotError): void;
}

const PROTOCOL = { protocolVersion: 5 } as const;
const KEEPALIVE_SECONDS = 300;
const SUBSCRIBE_ID = 0xffff;
/** Publications have the ids below that of the subscription. */
const PUBLICATION_IDS = 0xfffe;
/** Reason codes from here on say no (MQTT 5 section 2.4). */
const FAILURE = 0x80;

/** A device's connection to the broker, with one subscription, made to cost little. */
export class BrokerStream {
  readonly #stream: Duplex;
  readonly #device: string;
  readonly #topic: string;
  readonly #events: StreamEvents;
  readonly #ready = Promise.withResolvers<undefined>();
  #published = 0;
  #over = false;

  constructor(stream: Duplex, { device, topic }: { device: string; topic: string }, events: StreamEvents) {
    this.#stream = stream;
    this.#device = device;
    this.#topic = topic;
    this.#events = events;
    // Whoever waits for it hears of a failure; nobody has to.
    this.#ready.promise.catch(() => undefined);
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
    const session = { clientId: device, clean: true, keepalive: KEEPALIVE_SECONDS };
    this.#send({ cmd: 'connect', protocolId: 'MQTT', ...PROTOCOL, ...session });
  }

  /** Resolves when the broker has granted the subscription. */
  get ready(): Promise<unknown> {
    return this.#ready.promise;
  }

  /** Publishes these, QoS 1, in one write. */
  publish(publications: readonly Pick<IPublishPacket, 'topic' | 'payload' | 'properties'>[]): void {
    if (publications.length === 0) return;
    this.#stream.write(Buffer.concat(publications.map((publication) => this.#encode(publication))));
  }

  close(): void {
    this.#over = true;
    this.#stream.destroy();
  }

  #encode(publication: Pick<IPublishPacket, 'topic' | 'payload' | 'properties'>): Buffer {
    this.#published += 1;
    const messageId = 1 + (this.#published % PUBLICATION_IDS);
    return generate(
      { cmd: 'publish', ...publication, qos: 1, messageId, dup: false, retain: false },
      PROTOCOL,
    );
  }

  #receive(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        if (packet.messageId !== undefined)
          this.#send({ cmd: 'puback', messageId: packet.messageId, reasonCode: 0 });
        this.#events.received(packet);
        break;
      case 'puback':
        this.#check(packet.reasonCode, 'a message');
        break;
      case 'connack':
        this.#check(packet.reasonCode, 'the connection');
        this.#send({
          cmd: 'subscribe',
          messageId: SUBSCRIBE_ID,
          subscriptions: [{ topic: this.#topic, qos: 1 }],
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
    const reason = new BiotError('BROKER_UNAVAILABLE', `${this.#device}: ${why}`);
    this.#ready.reject(reason);
    this.#events.failed(reason);
  }
}
