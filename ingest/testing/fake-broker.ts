import type {
  Delivery,
  DeliverySource,
  PublicationProperties,
  Publisher,
  PublishOptions,
} from '../delivery.ts';

export interface FakePublication {
  readonly topic: string;
  readonly payload: unknown;
  readonly qos: 0 | 1;
  readonly properties?: PublicationProperties | undefined;
}

/** A delivery that remembers whether it was acknowledged. */
export class FakeDelivery implements Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly token?: string;
  vouched?: true;
  retained = false;
  acknowledged = 0;
  /** Whether its connection still stands. */
  alive = true;

  constructor(topic: string, payload: unknown, token?: string) {
    this.topic = topic;
    this.payload = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
    if (token !== undefined) this.token = token;
  }

  owed(): boolean {
    return this.alive && this.acknowledged === 0;
  }

  acknowledge(): void {
    this.acknowledged += 1;
  }
}

/** A broker in memory: hands over what a test gives it, and keeps what is published. */
export class FakeBroker implements DeliverySource, Publisher {
  readonly receiveMaximum = 4096;
  readonly published: FakePublication[] = [];
  open = false;
  sessions = 1;
  /** The reason code with which it answers a publication; undefined when it is not heard of any more. */
  answers: (topic: string) => number | undefined = () => 0;
  #receive: ((delivery: Delivery) => void) | undefined;

  start(receive: (delivery: Delivery) => void): Promise<void> {
    this.#receive = receive;
    this.open = true;
    return Promise.resolve();
  }

  deliver(delivery: FakeDelivery): FakeDelivery {
    this.#receive?.(delivery);
    return delivery;
  }

  stop(): Promise<void> {
    this.#receive = undefined;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.open = false;
    return Promise.resolve();
  }

  connected(): boolean {
    return this.open;
  }

  publish(topic: string, payload: string | Uint8Array, { qos, properties, settled }: PublishOptions): void {
    this.published.push({
      topic,
      payload: JSON.parse(Buffer.from(payload).toString()),
      qos,
      ...(properties && { properties }),
    });
    settled?.(this.answers(topic));
  }

  /** The payloads published to topics that end so. */
  to(ending: string): unknown[] {
    return this.published.filter(({ topic }) => topic.endsWith(ending)).map(({ payload }) => payload);
  }
}
