import type { Duplex } from 'node:stream';
import { type IConnackPacket, MqttClient } from 'mqtt';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { receiptTopic, telemetryTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';

export interface UplinkEvents {
  /** Connected, and subscribed to receipts. */
  ready(): void;
  receipt(payload: Uint8Array): void;
  /** The broker answered a publication: 0, or a reason code of MQTT 5 section 3.4.2.1. */
  answered(reasonCode: number): void;
  /** Once, at the end. */
  closed(reason: BiotError): void;
}

const KEEPALIVE_SECONDS = 30;
const CONNECT_WITHIN_MS = 10_000;
const GOODBYE_MS = 2_000;
/** MQTT 5 section 3.2.2.3.3: what holds when the broker names no bound. */
const DEFAULT_RECEIVE_MAXIMUM = 0xffff;

/**
 * One connection of a device to the broker. It begins with nothing and leaves nothing behind (clean start, no session
 * expiry): what is not settled is in the device's own store, and a receipt that is missed comes again after the
 * message does.
 */
export class Uplink {
  readonly #client: MqttClient;
  readonly #owner: TopicOwner;
  readonly #events: UplinkEvents;
  #reason: BiotError | undefined;
  #closed = false;
  #ready = false;
  #unanswered = 0;
  #receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;

  constructor(connect: () => Duplex, owner: TopicOwner, events: UplinkEvents) {
    this.#owner = owner;
    this.#events = events;
    this.#client = new MqttClient(() => connect(), {
      protocolVersion: 5,
      clientId: owner.device,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_WITHIN_MS,
      // Whoever uses this decides when to connect again, and what to send again.
      reconnectPeriod: 0,
      resubscribe: false,
    });
    this.#listen();
  }

  /** Whether the broker takes one more publication now (MQTT 5 section 4.9). */
  get open(): boolean {
    return this.#ready && this.#unanswered < this.#receiveMaximum;
  }

  publish(payload: string): void {
    this.#unanswered += 1;
    this.#client.publish(telemetryTopic(this.#owner), payload, { qos: 1 });
  }

  /** Resolves when the connection is closed. What the broker has not answered yet is not waited for. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const over = new Promise<void>((resolve) => {
      this.#client.once('close', () => {
        resolve();
      });
    });
    const impatience = setTimeout(() => {
      this.#client.stream.destroy();
    }, GOODBYE_MS);
    this.#client.end(this.#unanswered > 0);
    await over;
    clearTimeout(impatience);
  }

  #listen(): void {
    this.#client.on('connect', (connack) => {
      this.#subscribe(connack);
    });
    this.#client.on('message', (_topic, payload) => {
      this.#events.receipt(payload);
    });
    this.#client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'puback') return;
      this.#unanswered -= 1;
      this.#events.answered(packet.reasonCode ?? 0);
    });
    this.#client.on('disconnect', ({ reasonCode = 0 }) => {
      this.#fail(`the broker ends the connection: reason 0x${reasonCode.toString(16)}`);
    });
    this.#client.on('error', (cause) => {
      this.#fail(cause.message, cause);
    });
    this.#client.on('close', () => {
      this.#fail('the connection is closed');
    });
  }

  #subscribe({ properties }: IConnackPacket): void {
    this.#receiveMaximum = properties?.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM;
    this.#client.subscribe(receiptTopic(this.#owner), { qos: 1 }, (error) => {
      if (this.#closed) return;
      if (error !== null) {
        this.#fail('the broker refuses the subscription to receipts', error);
        return;
      }
      this.#ready = true;
      this.#events.ready();
    });
  }

  #fail(why: string, cause?: unknown): void {
    this.#reason ??= new BiotError('BROKER_UNAVAILABLE', why, { cause });
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = false;
    this.#client.end(true);
    this.#events.closed(this.#reason);
  }
}
