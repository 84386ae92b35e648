import type { Time } from '../../network/time.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Observation } from './exchange.ts';

/** So long a device is told its orders; it asks again, with another signature, before that. */
export const OBSERVED_SECONDS = 300;
/** For the way of its request. */
const GRACE_SECONDS = 30;
const MOST_OBSERVERS = 50_000;
/** Of the payload: with CoAP's header and options it fits into a datagram that no way between has to cut. */
const MOST_BYTES = 1_024;

interface Observer {
  readonly observation: Observation;
  /** Orders that are on their way to it, by id. */
  readonly pending: Map<string, Promise<boolean>>;
  /** One notification at a time (RFC 7252 section 4.7, NSTART). */
  last: Promise<unknown>;
}

/** Devices that are told their orders by CoAP (RFC 7641): bounded in number and time, and gone when they do not answer. */
export class Observers {
  readonly #observers: BoundedMap<Observer>;

  constructor(time: Pick<Time, 'elapsed'>) {
    const lifetimeMs = (OBSERVED_SECONDS + GRACE_SECONDS) * 1000;
    this.#observers = new BoundedMap({ most: MOST_OBSERVERS, lifetimeMs, now: () => time.elapsed() });
  }

  /** The device is told from now on, in place of who was before in its name. */
  add(device: string, observation: Observation): void {
    this.#observers.set(device, { observation, pending: new Map(), last: Promise.resolve(true) });
  }

  /** Whoever knows its address and its token may end it: that is all that an observer has to show (RFC 7641 section 3.6). */
  remove(device: string, key: string): void {
    if (this.#observers.get(device)?.observation.key === key) this.#observers.delete(device);
  }

  /**
   * Tells a device an order, once at a time.
   *
   * @returns whether it acknowledged that it has it; undefined when it does not observe, or the order is too large for it
   */
  deliver(device: string, id: string, order: string): Promise<boolean> | undefined {
    const observer = this.#observers.get(device);
    const payload = `{"orders":[${order}]}`;
    if (observer === undefined || Buffer.byteLength(payload) > MOST_BYTES) return undefined;
    const pending = observer.pending.get(id);
    if (pending !== undefined) return pending;
    const delivered = observer.last.then(() => this.#tell(device, observer, payload));
    observer.last = delivered;
    observer.pending.set(id, delivered);
    void delivered.then(() => observer.pending.delete(id));
    return delivered;
  }

  async #tell(device: string, observer: Observer, payload: string): Promise<boolean> {
    if (!this.#isThere(device, observer)) return false;
    const there = await observer.observation.notify({
      code: '2.05',
      contentFormat: 'json',
      maxAgeSeconds: OBSERVED_SECONDS,
      payload,
    });
    // One that came back meanwhile, from the same place and with the same token, is another observer.
    if (there === false && this.#isThere(device, observer)) this.#observers.delete(device);
    return there === true;
  }

  #isThere(device: string, observer: Observer): boolean {
    return this.#observers.get(device) === observer;
  }
}
