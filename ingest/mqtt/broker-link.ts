import { setTimeout as delay } from 'node:timers/promises';
import type { Duplex } from 'node:stream';

import type { Delivery, DeliverySource, Publisher, PublishOptions } from '../delivery.ts';
import { Backoff } from '../../network/backoff.ts';
import { Outbox, type Publication, sizeOfProperties } from './outbox.ts';
import { type Acceptance, Session, type SessionOptions } from './session.ts';

export interface BrokerLinkOptions extends Partial<Omit<SessionOptions, 'clientId' | 'subscriptions'>> {
  readonly clientId: string;
  readonly subscriptions: readonly string[];
  /** Opens a connection to the broker; failures may come as its `error`. */
  readonly connect: () => Duplex;
  readonly backoff?: Backoff;
  /** Told of connections made and lost. */
  readonly log: LinkLog;
}

export interface LinkLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Counted since the start. */
export interface LinkCounters {
  connections: number;
  delivered: number;
  /** Publications taken: live readings sent, receipts and orders in the outbox. */
  published: number;
  /** Publications that found no connection or no room, or lost theirs. */
  dropped: number;
}

const DEFAULTS = {
  /** A few thousand: enough that a batch is filling while another is committed; 40 MiB if all were of the largest size. */
  receiveMaximum: 4096,
  /**
   * Long enough for a restart of the worker, in which the broker goes on collecting its share of the messages. No
   * longer, because the share of a worker that does not come back waits in vain until its session ends; devices send
   * it again by themselves, whatever the broker does with it.
   */
  sessionExpirySeconds: 60,
  keepaliveMs: 10_000,
  handshakeMs: 10_000,
} as const;

/** A broker that is back is found within two seconds. */
const RECONNECT = { firstMs: 100, longestMs: 2_000 };
/** A connection that lasted so long was a good one. */
const STABLE_MS = 10_000;

/** Bytes of receipts and orders that may wait; and of anything, in the socket's buffer, before live readings are dropped. */
const OUTBOX_BYTES = 16 * 1024 * 1024;
const LIVE_BACKLOG_BYTES = 1024 * 1024;
/** Bytes in the socket's buffer from which on they stay in the outbox. */
const RECEIPT_BACKLOG_BYTES = 4 * 1024 * 1024;
/** Fixed header, topic length, message id and properties of a PUBLISH, at most. */
const PUBLISH_OVERHEAD = 16;

/** The worker's lasting link to the broker: one connection after another, for ever. */
export class BrokerLink implements DeliverySource, Publisher {
  readonly receiveMaximum: number;
  readonly counters: LinkCounters = { connections: 0, delivered: 0, published: 0, dropped: 0 };

  sessions = 0;

  readonly #options: BrokerLinkOptions & SessionOptions;
  readonly #backoff: Backoff;
  readonly #outbox = new Outbox(OUTBOX_BYTES);
  readonly #closing = new AbortController();
  readonly #subscribed = Promise.withResolvers<undefined>();
  #receive: ((delivery: Delivery) => void) | undefined;
  #session: Session | undefined;
  #acceptance: Acceptance | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: BrokerLinkOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.receiveMaximum = this.#options.receiveMaximum;
    this.#backoff = options.backoff ?? new Backoff(RECONNECT, Math.random);
  }

  async start(receive: (delivery: Delivery) => void): Promise<void> {
    this.#receive = receive;
    this.#running = this.#run();
    await this.#subscribed.promise;
  }

  /** The subscription stays: what arrives from now on waits in the broker's session for the next worker. */
  stop(): Promise<void> {
    this.#receive = undefined;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#subscribed.resolve(undefined);
    await this.#session?.close();
    await this.#running;
  }

  connected(): boolean {
    return this.#acceptance !== undefined;
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    { qos, properties, retain, settled }: PublishOptions,
  ): void {
    const publication = { topic, payload: Buffer.from(payload), properties, retain, settled };
    const taken =
      this.#fits(publication) && (qos === 0 ? this.#sendLive(publication) : this.#sendKept(publication));
    if (taken) this.counters.published += 1;
    else {
      this.counters.dropped += 1;
      settled?.(undefined);
    }
  }

  /** A larger packet would make the broker end the connection (MQTT 5 section 3.2.2.3.6). */
  #fits({ topic, payload, properties }: Publication): boolean {
    const bound = this.#acceptance?.maximumPacketSize ?? 0;
    const size = Buffer.byteLength(topic) + payload.length + sizeOfProperties(properties);
    return size + PUBLISH_OVERHEAD <= bound;
  }

  #sendLive(publication: Publication): boolean {
    if (this.#session === undefined || this.#session.backlog > LIVE_BACKLOG_BYTES) return false;
    this.#session.publish(publication);
    return true;
  }

  #sendKept(publication: Publication): boolean {
    const added = this.#outbox.add(publication);
    this.#pump();
    return added;
  }

  #pump(): void {
    if (this.#session === undefined || this.#acceptance === undefined) return;
    if (this.#session.backlog > RECEIPT_BACKLOG_BYTES) return;
    for (const publication of this.#outbox.take(this.#acceptance.receiveMaximum))
      this.#session.publish(publication);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#converse();
      await delay(this.#backoff.next(), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection, from its start to its end. */
  async #converse(): Promise<void> {
    const { connect, log, clientId } = this.#options;
    const session = new Session(connect(), this.#options, {
      accepted: ({ resumed }) => {
        if (!resumed) this.sessions += 1;
      },
      receive: (delivery) => {
        if (this.#receive === undefined) return;
        this.counters.delivered += 1;
        this.#receive(delivery);
      },
      acknowledged: (messageId, reasonCode) => {
        this.#outbox.acknowledged(messageId, reasonCode);
        this.#pump();
      },
      drained: () => {
        this.#pump();
      },
    });
    this.#session = session;
    const began = performance.now();
    await session.ready.then(
      (acceptance) => {
        this.#begin(session, acceptance);
      },
      () => undefined,
    );
    const reason = await session.ended;
    this.#session = undefined;
    this.#acceptance = undefined;
    this.counters.dropped += this.#outbox.dropWaiting();
    if (performance.now() - began > STABLE_MS) this.#backoff.succeeded();
    if (!this.#closing.signal.aborted) log.warn({ clientId, error: reason }, 'no connection to the broker');
  }

  #begin(session: Session, acceptance: Acceptance): void {
    this.#acceptance = acceptance;
    this.counters.connections += 1;
    this.#options.log.info(
      { clientId: this.#options.clientId, resumed: acceptance.resumed },
      'connected to the broker',
    );
    if (acceptance.resumed) {
      for (const publication of this.#outbox.unacknowledged()) session.publish(publication, { again: true });
    } else {
      this.counters.dropped += this.#outbox.dropSent();
    }
    this.#subscribed.resolve(undefined);
  }
}
