import type { Duplex } from 'node:stream';
import {
  generate,
  type IConnackPacket,
  type IPublishPacket,
  type ISubackPacket,
  type Packet,
  parser,
} from 'mqtt-packet';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Delivery } from '../delivery.ts';
import { Acknowledgements, encodeAcknowledgements } from './acknowledgements.ts';
import type { NumberedPublication, Publication } from './outbox.ts';

export interface SessionOptions {
  readonly clientId: string;
  /** Shared subscriptions, at QoS 1. */
  readonly subscriptions: readonly string[];
  /** Deliveries that may be owed at one time (MQTT 5 section 3.1.2.11.3). */
  readonly receiveMaximum: number;
  /** How long the broker keeps the session when the connection is lost. */
  readonly sessionExpirySeconds: number;
  readonly keepaliveMs: number;
  /** From the first byte to the answered subscription. */
  readonly handshakeMs: number;
}

export interface SessionEvents {
  /** The broker's CONNACK, before any delivery. */
  accepted(acceptance: Acceptance): void;
  /** From the broker's CONNACK on: a resumed session brings deliveries before the subscription is answered. */
  receive(delivery: Delivery): void;
  /** A publication of QoS 1 was acknowledged, with this reason code (MQTT 5 section 3.4.2.1). */
  acknowledged(messageId: number, reasonCode: number): void;
  /** The network has taken what waited. */
  drained(): void;
}

/** What the broker said when it accepted the connection. */
export interface Acceptance {
  /** The broker had kept the session. */
  readonly resumed: boolean;
  /** Publications of QoS 1 that may be without acknowledgement at one time. */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that it takes. */
  readonly maximumPacketSize: number;
}

const PROTOCOL = { protocolVersion: 5 } as const;
/** Publications have the ids below it. */
const SUBSCRIBE_ID = 0xffff;
/** Reason codes from here on say no (MQTT 5 section 2.4). */
const FAILURE = 0x80;
/** MQTT 5 sections 3.2.2.3.3 and 3.2.2.3.6: what holds when the broker names no bound. */
const DEFAULT_RECEIVE_MAXIMUM = 0xffff;
/** How long what is pending may take to leave. */
const GOODBYE_MS = 3_000;

/** One MQTT 5 connection, from CONNECT to its end. It is never used again: what comes next is another one. */
export class Session {
  /** Settles when the subscriptions are granted, or with the reason why not. */
  readonly ready: Promise<Acceptance>;
  /** Fulfilled with the reason when the connection is over. Never rejects. */
  readonly ended: Promise<BiotError>;

  readonly #stream: Duplex;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #acknowledgements = new Acknowledgements();
  readonly #accepted = Promise.withResolvers<Acceptance>();
  readonly #over = Promise.withResolvers<BiotError>();
  readonly #handshake: NodeJS.Timeout;
  readonly #heartbeat: NodeJS.Timeout;
  #acceptance: Acceptance | undefined;
  #failure: BiotError | undefined;
  #alive = true;
  #silent = false;
  #corked = false;
  #acknowledging = false;

  constructor(stream: Duplex, options: SessionOptions, events: SessionEvents) {
    this.#stream = stream;
    this.#options = options;
    this.#events = events;
    this.ready = this.#accepted.promise;
    this.ended = this.#over.promise;
    this.ready.catch(() => undefined);
    this.#handshake = setTimeout(() => {
      this.#fail('the broker does not answer');
    }, options.handshakeMs);
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, options.keepaliveMs);
    this.#listen();
    this.#connect();
  }

  /** Bytes that wait for the network. */
  get backlog(): number {
    return this.#stream.writableLength;
  }

  publish(publication: Publication | NumberedPublication, { again = false } = {}): void {
    const { topic, payload, properties, retain = false } = publication;
    const delivery =
      'messageId' in publication
        ? { qos: 1 as const, messageId: publication.messageId }
        : { qos: 0 as const };
    this.#send({
      cmd: 'publish',
      topic,
      payload,
      retain,
      dup: again,
      ...delivery,
      ...(properties !== undefined && { properties: { ...properties } }),
    });
  }

  /** Sends what is pending, says good-bye and closes. */
  async close(): Promise<void> {
    if (this.#alive) {
      this.#acknowledge();
      this.#send({ cmd: 'disconnect', reasonCode: 0 });
      this.#stream.end();
      setTimeout(() => {
        this.destroy();
      }, GOODBYE_MS).unref();
    }
    await this.ended;
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#fail('the connection is given up');
  }

  #listen(): void {
    const reader = parser(PROTOCOL);
    reader.on('packet', (packet: Packet) => {
      if (this.#alive) this.#receive(packet);
    });
    reader.on('error', (cause: unknown) => {
      this.#fail('the broker sends what is not MQTT', cause);
    });
    this.#stream.on('data', (chunk: Buffer) => {
      this.#silent = false;
      reader.parse(chunk);
    });
    this.#stream.on('drain', () => {
      this.#events.drained();
    });
    this.#stream.on('error', (cause) => {
      this.#fail('the connection failed', cause);
    });
    for (const event of ['end', 'close']) {
      this.#stream.on(event, () => {
        this.#fail('the connection is closed');
      });
    }
  }

  #connect(): void {
    const { clientId, receiveMaximum, sessionExpirySeconds, keepaliveMs } = this.#options;
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      ...PROTOCOL,
      clientId,
      clean: false,
      // The broker gives up after one and a half of it (MQTT 5 section 3.1.2.10).
      keepalive: Math.ceil((keepaliveMs * 2) / 1000),
      properties: { receiveMaximum, sessionExpiryInterval: sessionExpirySeconds },
    });
  }

  #receive(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        this.#deliver(packet);
        break;
      case 'puback':
        if (packet.messageId !== undefined)
          this.#events.acknowledged(packet.messageId, packet.reasonCode ?? 0);
        break;
      case 'connack':
        this.#subscribe(packet);
        break;
      case 'suback':
        this.#begin(packet);
        break;
      case 'disconnect':
        this.#fail(`the broker ends the connection: reason 0x${(packet.reasonCode ?? 0).toString(16)}`);
        break;
      default:
        break;
    }
  }

  #subscribe({ reasonCode = 0, sessionPresent, properties = {} }: IConnackPacket): void {
    if (reasonCode >= FAILURE) {
      this.#fail(`the broker refuses the connection: reason 0x${reasonCode.toString(16)}`);
      return;
    }
    this.#acceptance = {
      resumed: sessionPresent,
      receiveMaximum: properties.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM,
      maximumPacketSize: properties.maximumPacketSize ?? Infinity,
    };
    this.#events.accepted(this.#acceptance);
    this.#send({
      cmd: 'subscribe',
      messageId: SUBSCRIBE_ID,
      subscriptions: this.#options.subscriptions.map((topic) => ({ topic, qos: 1 })),
    });
  }

  #begin({ granted }: ISubackPacket): void {
    const refused = granted.findIndex((code) => code !== 1);
    if (this.#acceptance === undefined || refused >= 0) {
      this.#fail(`the broker refuses the subscription ${String(this.#options.subscriptions[refused])}`);
      return;
    }
    clearTimeout(this.#handshake);
    this.#accepted.resolve(this.#acceptance);
  }

  #deliver({ topic, payload, qos, messageId, properties, retain }: IPublishPacket): void {
    const settle =
      qos === 0 || messageId === undefined ? undefined : this.#acknowledgements.expect(messageId);
    const { token, vouched } = { ...properties?.userProperties };
    const correlation = properties?.correlationData;
    let owed = settle !== undefined;
    this.#events.receive({
      topic,
      // A copy: the parser's own is a view that would keep the whole chunk from the network in memory.
      payload: Buffer.from(payload),
      ...(typeof token === 'string' && { token }),
      ...(vouched === 'certificate' && { vouched: true }),
      ...(correlation !== undefined && { correlation: Buffer.from(correlation) }),
      ...(retain && { retained: true }),
      owed: () => owed && this.#alive,
      acknowledge: () => {
        owed = false;
        if (settle?.() === true) this.#acknowledgeSoon();
      },
    });
    this.#readWithinBound();
  }

  /**
   * Receive Maximum should be enough, but Mosquitto exceeds it: when it had to queue, it answers each acknowledgement
   * with up to that many messages more (eclipse-mosquitto/mosquitto issue 2301). What is not read, TCP holds back.
   */
  #readWithinBound(): void {
    const full = this.#acknowledgements.waiting > this.#options.receiveMaximum;
    if (full === this.#stream.isPaused()) return;
    if (full) this.#stream.pause();
    else {
      this.#silent = false;
      this.#stream.resume();
    }
  }

  /** A whole batch is settled in one turn of the event loop, and its acknowledgements leave together. */
  #acknowledgeSoon(): void {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    queueMicrotask(() => {
      this.#acknowledge();
    });
  }

  /** Of a connection that is lost nothing can be acknowledged: the broker delivers again on the next one. */
  #acknowledge(): void {
    this.#acknowledging = false;
    const messageIds = this.#acknowledgements.take();
    if (messageIds.length > 0) this.#write(encodeAcknowledgements(messageIds));
    this.#readWithinBound();
  }

  #beat(): void {
    // Who does not listen cannot tell; that the broker is gone shows in the sending.
    if (this.#silent && !this.#stream.isPaused()) {
      this.#fail('the broker is silent');
      return;
    }
    this.#silent = true;
    this.#send({ cmd: 'pingreq' });
  }

  #send(packet: Packet): void {
    this.#write(generate(packet, PROTOCOL));
  }

  /** All that is written in one turn of the event loop leaves as one: a TLS record each would cost more than its content. */
  #write(bytes: Buffer): void {
    if (!this.#alive) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      queueMicrotask(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(bytes);
  }

  #fail(why: string, cause?: unknown): void {
    this.#failure ??= new BiotError('BROKER_UNAVAILABLE', why, { cause });
    if (!this.#alive) return;
    this.#alive = false;
    clearTimeout(this.#handshake);
    clearInterval(this.#heartbeat);
    this.#stream.destroy();
    this.#accepted.reject(this.#failure);
    this.#over.resolve(this.#failure);
  }
}
