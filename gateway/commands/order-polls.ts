import { type Order, orderSchema } from '../../chaincode/protocol/command/wire.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { commandTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Fleet } from '../fleet.ts';
import { Refusal } from '../http/problem.ts';

/** Where devices' orders come from, as long as they ask for them. */
export interface OrderSource {
  /**
   * From now on orders for this device come, and the dispatcher hears that it waits, and for how long at most.
   *
   * @throws BiotError BROKER_UNAVAILABLE
   */
  ask(owner: TopicOwner, waitMs: number): void;
  leave(owner: TopicOwner): void;
  listen(listener: (topic: string, payload: Uint8Array) => void): void;
}

const MOST_WAITING = 20_000;
const TRY_AGAIN = { headers: { 'Retry-After': '30' } };
/** Orders that were waiting come together: each is no reason to ask again. */
const GATHER_MS = 20;
const MOST_ORDERS = 100;

/** One device that waits. */
class Wait {
  readonly device: Device;
  readonly orders: Order[] = [];
  readonly over: Promise<undefined>;
  readonly end: () => void;
  #timer: NodeJS.Timeout;

  constructor(device: Device, waitMs: number) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.device = device;
    this.over = promise;
    this.end = () => {
      clearTimeout(this.#timer);
      resolve(undefined);
    };
    this.#timer = setTimeout(this.end, waitMs);
  }

  take(order: Order): void {
    this.orders.push(order);
    clearTimeout(this.#timer);
    if (this.orders.length >= MOST_ORDERS) this.end();
    else this.#timer = setTimeout(this.end, GATHER_MS);
  }
}

/**
 * Devices that ask for their orders over HTTP and wait for them. While one waits, the gateway reads the topic on which the
 * dispatcher sends its orders: to that it is a device like those at the broker, there or not, and nothing is kept here. An
 * order that was lost on its last stretch is unanswered, and the next request gets it again.
 */
export class OrderPolls {
  readonly #source: OrderSource;
  readonly #fleet: Pick<Fleet, 'known' | 'onChange'>;
  readonly #most: number;
  readonly #waiting = new Map<string, Wait>();
  readonly #stopFollowing: () => void;
  #closed = false;

  constructor(source: OrderSource, fleet: Pick<Fleet, 'known' | 'onChange'>, most = MOST_WAITING) {
    this.#source = source;
    this.#fleet = fleet;
    this.#most = most;
    source.listen((topic, payload) => {
      const order = this.#waiting.has(topic) ? readOrder(payload) : undefined;
      if (order !== undefined) this.#waiting.get(topic)?.take(order);
    });
    this.#stopFollowing = fleet.onChange(() => {
      for (const wait of this.#waiting.values()) if (!this.#isActive(wait.device)) wait.end();
    });
  }

  /**
   * Waits for orders of a device that is active. Of one device the last request alone waits.
   *
   * @returns at most 100; none when the time is over, the caller is gone, or the gateway stops
   * @throws BiotError RATE_LIMITED, BROKER_UNAVAILABLE, or DEVICE_NOT_ACTIVE when it no longer is
   */
  async take(device: Device, { waitMs, ended }: { waitMs: number; ended: AbortSignal }): Promise<Order[]> {
    // Who was just told that there is nothing asks again at once, over a connection that the stop waits for.
    if (this.#closed) return [];
    const owner = { tenant: device.tenant, device: device.id };
    const topic = commandTopic(owner);
    const before = this.#waiting.get(topic);
    if (before === undefined && this.#waiting.size >= this.#most)
      throw new Refusal('RATE_LIMITED', 'many devices wait for orders just now: try again later', TRY_AGAIN);
    this.#source.ask(owner, waitMs);
    before?.end();
    const wait = new Wait(device, waitMs);
    this.#waiting.set(topic, wait);
    if (ended.aborted) wait.end();
    ended.addEventListener('abort', wait.end);
    await wait.over;
    if (this.#waiting.get(topic) === wait) {
      this.#waiting.delete(topic);
      this.#source.leave(owner);
    }
    if (!this.#isActive(device))
      throw new BiotError('DEVICE_NOT_ACTIVE', `device ${device.id} is no longer active`);
    return wait.orders;
  }

  /** All are told that there is nothing, as is who asks from now on. */
  close(): void {
    this.#closed = true;
    this.#stopFollowing();
    for (const wait of this.#waiting.values()) wait.end();
  }

  #isActive({ id }: Device): boolean {
    return this.#fleet.known(id)?.status === 'active';
  }
}

function readOrder(payload: Uint8Array): Order | undefined {
  try {
    return orderSchema.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch {
    // Ingest alone writes there: what cannot be read no device could either.
    return undefined;
  }
}
