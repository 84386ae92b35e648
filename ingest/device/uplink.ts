import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type IConnackPacket, MqttClient } from 'mqtt';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Announcement } from '../../chaincode/protocol/presence/announcement.ts';
import {
  answerTopic,
  commandTopic,
  desiredTopic,
  noticeTopic,
  presenceTopic,
  receiptTopic,
  reportedTopic,
  reportTopic,
  telemetryTopic,
  type TopicOwner,
} from '../../chaincode/protocol/topics.ts';

export interface UplinkEvents {
  /** Connected, and subscribed to receipts, orders and what is wanted. */
  ready(): void;
  receipt(payload: Uint8Array): void;
  order(payload: Uint8Array): void;
  /** Notices of firmware; without it they are not subscribed to. */
  notice?(payload: Uint8Array): void;
  /** What is wanted of the device. */
  desired(payload: Uint8Array): void;
  /** The broker answered a message: 0, or a reason code of MQTT 5 section 3.4.2.1. */
  answered(reasonCode: number): void;
  /** Once, at the end. */
  closed(reason: BiotError): void;
}

/** What a device leaves with: nothing more to say, or for how long it sleeps. */
export type Farewell = { readonly sleepSeconds?: number };

const KEEPALIVE_SECONDS = 30;
const CONNECT_WITHIN_MS = 10_000;
const GOODBYE_MS = 2_000;
/** MQTT 5 section 3.2.2.3.3: what holds when the broker names no bound. */
const DEFAULT_RECEIVE_MAXIMUM = 0xffff;

/**
 * One connection of a device to the broker. It begins with nothing and leaves nothing behind (clean start, no session
 * expiry): what is not settled is in the device's own store, and a receipt that is missed comes again after the
 * message does. So its will is told by the broker as soon as the connection is lost; how long to wait for the next one is the
 * platform's to decide. (A delay of the will needs a session, to which the broker would take orders that nobody reads.)
 */
export class Uplink {
  readonly #client: MqttClient;
  readonly #owner: TopicOwner;
  readonly #events: UplinkEvents;
  /** Tells this connection from the device's others. */
  readonly #connection = randomUUID();
  #reason: BiotError | undefined;
  #closed = false;
  #ready = false;
  #unanswered = 0;
  /** By the id of the packet. */
  readonly #answers = new Map<number, (reasonCode: number) => void>();
  #receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;

  constructor(connect: () => Duplex, owner: TopicOwner, events: UplinkEvents) {
    this.#owner = owner;
    this.#events = events;
    this.#client = new MqttClient(() => connect(), {
      protocolVersion: 5,
      clientId: owner.device,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      will: {
        topic: presenceTopic(owner),
        payload: this.#announcement({ state: 'offline', reason: 'lost' }),
        qos: 1,
        retain: true,
      },
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

  /** Sends what the device answers to the order with this id. @param settled told as `answered` is */
  answer(id: string, payload: string, settled: (reasonCode: number) => void): void {
    this.#settle(answerTopic(this.#owner), payload, { correlationData: Buffer.from(id) }, settled);
  }

  /** Sends what the device says it has. @param settled told as `answered` is */
  reportTwin(payload: string, settled: (reasonCode: number) => void): void {
    this.#settle(reportedTopic(this.#owner), payload, {}, settled);
  }

  #settle(
    topic: string,
    payload: string,
    properties: { correlationData?: Buffer },
    settled: (reasonCode: number) => void,
  ): void {
    this.#unanswered += 1;
    this.#client.publish(topic, payload, { qos: 1, properties });
    this.#answers.set(this.#client.getLastMessageId(), settled);
  }

  /** Sends how far an update is. @param settled told as `answered` is */
  report(payload: string, settled: (reasonCode: number) => void): void {
    this.#settle(reportTopic(this.#owner), payload, {}, settled);
  }

  /** Takes leave. Resolves when the connection is closed; a broker that answers nothing is not waited for. */
  async close({ sleepSeconds }: Farewell = {}): Promise<void> {
    if (this.#closed) return;
    this.#announce(
      sleepSeconds === undefined
        ? { state: 'offline', reason: 'closed' }
        : { state: 'sleeping', seconds: sleepSeconds },
    );
    const over = new Promise<void>((resolve) => {
      this.#client.once('close', () => {
        resolve();
      });
    });
    const impatience = setTimeout(() => {
      this.#client.stream.destroy();
    }, GOODBYE_MS);
    this.#client.end();
    await over;
    clearTimeout(impatience);
  }

  #listen(): void {
    this.#client.on('connect', (connack) => {
      this.#subscribe(connack);
    });
    const orders = commandTopic(this.#owner);
    const notices = noticeTopic(this.#owner);
    const desired = desiredTopic(this.#owner);
    this.#client.on('message', (topic, payload) => {
      if (topic === orders) this.#events.order(payload);
      else if (topic === notices) this.#events.notice?.(payload);
      else if (topic === desired) this.#events.desired(payload);
      else this.#events.receipt(payload);
    });
    this.#client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'puback') return;
      this.#unanswered -= 1;
      const settled = this.#answers.get(packet.messageId ?? 0);
      this.#answers.delete(packet.messageId ?? 0);
      if (settled === undefined) this.#events.answered(packet.reasonCode ?? 0);
      else settled(packet.reasonCode ?? 0);
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
    const topics = [receiptTopic(this.#owner), commandTopic(this.#owner), desiredTopic(this.#owner)];
    if (this.#events.notice !== undefined) topics.push(noticeTopic(this.#owner));
    this.#client.subscribe(topics, { qos: 1 }, (error) => {
      if (this.#closed) return;
      if (error !== null) {
        this.#fail('the broker refuses the subscription to receipts, orders and what is wanted', error);
        return;
      }
      this.#ready = true;
      this.#announce({ state: 'online' });
      this.#events.ready();
    });
  }

  /** Retained, so that the platform learns how things stand whenever it asks. */
  #announce(announcement: Announcement): void {
    if (!this.#ready) return;
    const payload = this.#announcement(announcement);
    this.#client.publish(presenceTopic(this.#owner), payload, { qos: 0, retain: true });
  }

  #announcement(announcement: Announcement): Buffer {
    return Buffer.from(JSON.stringify({ ...announcement, connection: this.#connection }));
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
