import { connect, type IClientPublishOptions, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';

import { encodeWait } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  ALERT_NEWS_SUBSCRIPTION,
  ANCHORED_SUBSCRIPTION,
  COMMAND_NEWS_SUBSCRIPTION,
  commandTopic,
  LIVE_SUBSCRIPTION,
  liveTopic,
  PRESENCE_NEWS_SUBSCRIPTION,
  relayTopic,
  type TopicOwner,
} from '../../chaincode/protocol/topics.ts';
import type { LiveSource } from '../live/live-source.ts';
import type { OrderSource } from '../commands/order-polls.ts';
import type { Relay, Signed } from '../parts.ts';

export interface BrokerOptions {
  /** `mqtts://127.0.0.1:8443`: the listener for services. */
  readonly url: string;
  /** PEM texts: the authority that issued the broker's certificate, and what the gateway shows. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** How long, in milliseconds, the broker may take to acknowledge. */
  readonly patienceMs?: number;
}

/** MQTT 5 section 3.4.2.1: the broker took the message, and nobody subscribes to its topic. */
const NO_MATCHING_SUBSCRIBERS = 0x10;
const PATIENCE_MS = 5_000;

/**
 * The gateway's one connection to the broker's internal listener: messages of devices go out, live values come in.
 * It comes back by itself, with its subscriptions; while it is away nothing is queued, for whoever sends is told so.
 */
export class BrokerClient implements Relay, LiveSource, OrderSource {
  readonly #client: MqttClient;
  readonly #patienceMs: number;
  /** Ids under which payloads went out, and those that nobody subscribes to. */
  readonly #ids = new WeakMap<object, number>();
  readonly #unread = new Set<number>();
  readonly #watched = new Set<string>();

  constructor({ url, authority, certificate, key, log, patienceMs = PATIENCE_MS }: BrokerOptions) {
    this.#patienceMs = patienceMs;
    this.#client = connect(url, {
      protocolVersion: 5,
      clean: true,
      ca: authority,
      cert: certificate,
      key,
      // Node refuses an address as a TLS server name; the broker's certificate names localhost too.
      servername: 'localhost',
      reconnectPeriod: 1_000,
      connectTimeout: PATIENCE_MS,
      resubscribe: true,
      queueQoSZero: false,
    });
    this.#client.on('connect', () => {
      log.info('broker connected');
    });
    this.#client.on('close', () => {
      log.warn('broker away');
    });
    this.#client.on('error', (error) => {
      log.warn({ reason: error.message }, 'broker refuses');
    });
    this.#client.on('packetsend', (packet) => {
      if (packet.cmd === 'publish' && typeof packet.payload === 'object' && packet.messageId !== undefined)
        this.#ids.set(packet.payload, packet.messageId);
    });
    this.#client.on('packetreceive', (packet) => {
      if (
        packet.cmd === 'puback' &&
        packet.reasonCode === NO_MATCHING_SUBSCRIBERS &&
        packet.messageId !== undefined
      )
        this.#unread.add(packet.messageId);
    });
    this.#client.subscribe([
      ANCHORED_SUBSCRIPTION,
      COMMAND_NEWS_SUBSCRIPTION,
      ALERT_NEWS_SUBSCRIPTION,
      PRESENCE_NEWS_SUBSCRIPTION,
    ]);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  async send({ device, what, body, ...proof }: Signed): Promise<void> {
    this.#requireConnection();
    const topic = relayTopic({ tenant: device.tenant, device: device.id }, what);
    // A copy of its own, by which its packet is known again.
    const payload = Buffer.from(body);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      reject(new Error(`no acknowledgement for ${this.#patienceMs} ms`));
    }, this.#patienceMs);
    this.#client.publish(topic, payload, { qos: 1, ...propertiesOf(proof) }, (error) => {
      if (error instanceof Error) reject(error);
      else if (this.#unread.delete(this.#ids.get(payload) ?? -1))
        reject(new Error('no ingest worker subscribes'));
      else resolve(undefined);
    });
    try {
      await promise;
    } catch (cause) {
      throw new BiotError('BROKER_UNAVAILABLE', 'the broker did not take the message', { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  ask(owner: TopicOwner, waitMs: number): void {
    this.#requireConnection();
    this.#client.subscribe(commandTopic(owner), { qos: 1 });
    // The broker takes one after the other: whoever reads this finds the subscription.
    this.#client.publish(relayTopic(owner, 'poll'), encodeWait(waitMs / 1000), { qos: 0 });
  }

  leave(owner: TopicOwner): void {
    this.#client.unsubscribe(commandTopic(owner));
  }

  listen(listener: (topic: string, payload: Uint8Array) => void): void {
    this.#client.on('message', listener);
  }

  watch(devices: ReadonlySet<string> | '*'): void {
    const topics = devices === '*' ? [LIVE_SUBSCRIPTION] : [...devices].map(topicOf);
    const wanted = new Set(topics);
    const added = topics.filter((topic) => !this.#watched.has(topic));
    const dropped = [...this.#watched].filter((topic) => !wanted.has(topic));
    for (const topic of added) this.#watched.add(topic);
    for (const topic of dropped) this.#watched.delete(topic);
    if (added.length > 0) this.#client.subscribe(added);
    if (dropped.length > 0) this.#client.unsubscribe(dropped);
  }

  #requireConnection(): void {
    if (!this.connected) throw new BiotError('BROKER_UNAVAILABLE', 'the broker is not connected');
  }

  async close(): Promise<void> {
    // By force: without, it waits for acknowledgements that a broker which is gone will never send.
    await this.#client.endAsync(true);
  }
}

/** A device's id is unique over all tenants. */
function topicOf(device: string): string {
  return liveTopic({ tenant: '+', device });
}

/** None at all for what is signed within: the client cannot encode an empty list of them. */
function propertiesOf({
  token,
  vouched,
}: Pick<Signed, 'token' | 'vouched'>): Pick<IClientPublishOptions, 'properties'> {
  if (token !== undefined) return { properties: { userProperties: { token } } };
  return vouched === true ? { properties: { userProperties: { vouched: 'certificate' } } } : {};
}
