import type { Time } from '../../network/time.ts';
import { type Block, LARGEST_BLOCK } from './block.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CoapReply, Observation } from './exchange.ts';
import { Transfer } from './transfer.ts';

/** So long a device is told its orders; it asks again, with another signature, before that. */
export const OBSERVED_SECONDS = 300;
/** And then for the way of its request. */
export const OBSERVED_FOR_MS = (OBSERVED_SECONDS + 30) * 1000;
const MOST_OBSERVERS = 50_000;
/** Orders that need several blocks, of 17 KiB at most, that are on their way at one time. What is beyond comes again. */
const MOST_LARGE = { each: 8, all: 1_024 };
/** All of whose blocks were asked for: who asked may have been another, so the device still gets them for a while. */
const TAKEN = { most: 1_024, lifetimeMs: 30_000 };

/** What a device hears of its orders. */
export const ORDERS = {
  code: '2.05',
  contentFormat: 'json',
  maxAgeSeconds: OBSERVED_SECONDS,
} as const satisfies CoapReply;

/** Who observes. */
export interface Registration {
  readonly observation: Observation;
  /** Its address and port: it asks for further blocks from there. */
  readonly from: string;
  /** The size of blocks that it wants, if it says so. */
  readonly part?: Block;
}

/** An order, and until when it is one. */
export interface ToldOrder {
  readonly id: string;
  readonly text: string;
  /** Whether the device may still have it: asked whenever any of it is about to be sent, which may be much later. */
  readonly still: () => boolean;
}

interface Observer {
  readonly observation: Observation;
  readonly from: string;
  /** Larger orders are told in blocks of this size. */
  readonly blockSize: number;
  /** Orders that are on their way to it, by id. */
  readonly pending: Map<string, Promise<boolean>>;
  /** How many of them need several blocks. */
  large: number;
  /** The one of them that is on its way. */
  transfer: Transfer | undefined;
  /** One notification at a time (RFC 7252 section 4.7, NSTART). */
  last: Promise<unknown>;
}

/** What of an order is on its way. */
interface Told extends Pick<ToldOrder, 'still'> {
  readonly payload: Buffer;
}

/** Devices that are told their orders by CoAP (RFC 7641): bounded in number and time, and gone when they do not answer. */
export class Observers {
  readonly #time: Pick<Time, 'after' | 'elapsed'>;
  readonly #onEnd: (device: string) => void;
  readonly #observers: BoundedMap<Observer>;
  /** By who asks for the rest: one at a time, as blocks are told apart by nothing else (RFC 7959 section 2.4). */
  readonly #transfers = new Map<string, Transfer>();
  readonly #taken: BoundedMap<Transfer>;
  #large = 0;

  /** @param onEnd told of a device that observes no more, before its time was over */
  constructor(time: Pick<Time, 'after' | 'elapsed'>, onEnd: (device: string) => void = () => undefined) {
    this.#time = time;
    this.#onEnd = onEnd;
    const now = (): number => time.elapsed();
    this.#observers = new BoundedMap({ most: MOST_OBSERVERS, lifetimeMs: OBSERVED_FOR_MS, now });
    this.#taken = new BoundedMap({ ...TAKEN, now });
  }

  /** The device is told from now on, in place of who was before in its name. */
  add(device: string, { observation, from, part }: Registration): void {
    this.#observers.get(device)?.transfer?.end();
    this.#observers.set(device, {
      ...{ observation, from, blockSize: part?.size ?? LARGEST_BLOCK },
      ...{ pending: new Map(), large: 0, transfer: undefined, last: Promise.resolve() },
    });
  }

  /** Whoever knows its address and its token may end it: that is all that an observer has to show (RFC 7641 section 3.6). */
  remove(device: string, key: string): void {
    const observer = this.#observers.get(device);
    if (observer?.observation.key === key) this.#forget(device, observer);
  }

  /** What was begun to tell whoever is there, and has not come to its end, or was taken just now. */
  transfer(from: string): Transfer | undefined {
    return this.#transfers.get(from) ?? this.#taken.get(from);
  }

  /**
   * Tells a device an order, once at a time.
   *
   * @returns whether it acknowledged that it has it, or asked for all its blocks; undefined when it does not observe
   */
  deliver(device: string, { id, text, still }: ToldOrder): Promise<boolean> | undefined {
    const observer = this.#observers.get(device);
    const pending = observer?.pending.get(id);
    if (observer === undefined || pending !== undefined) return pending;
    const payload = Buffer.from(`{"orders":[${text}]}`);
    const isLarge = payload.length > observer.blockSize;
    if (isLarge && !this.#hasRoom(observer)) return Promise.resolve(false);
    const count = isLarge ? 1 : 0;
    this.#large += count;
    observer.large += count;
    const delivered = observer.last.then(() => this.#tell(device, observer, { payload, still }));
    observer.last = delivered;
    observer.pending.set(id, delivered);
    void delivered.then(() => {
      observer.pending.delete(id);
      observer.large -= count;
      this.#large -= count;
    });
    return delivered;
  }

  #hasRoom({ large }: Observer): boolean {
    return large < MOST_LARGE.each && this.#large < MOST_LARGE.all;
  }

  async #tell(device: string, observer: Observer, told: Told): Promise<boolean> {
    if (!this.#isThere(device, observer) || !told.still()) return false;
    const { blockSize, observation } = observer;
    const { payload } = told;
    if (payload.length > blockSize) return this.#tellInBlocks(device, observer, told);
    const there = await observation.notify({ ...ORDERS, payload });
    if (there === false) this.#forget(device, observer);
    return there === true;
  }

  async #tellInBlocks(device: string, observer: Observer, { payload: body, still }: Told): Promise<boolean> {
    const { blockSize: size, from, observation } = observer;
    const transfer = new Transfer({ device, body, size, reply: ORDERS, still, time: this.#time });
    observer.transfer = transfer;
    this.#transfers.get(from)?.end();
    this.#transfers.set(from, transfer);
    const there = await observation.notify(transfer.first);
    if (there === false) {
      this.#forget(device, observer);
      transfer.end();
    }
    const taken = await transfer.taken;
    observer.transfer = undefined;
    if (this.#transfers.get(from) === transfer) {
      this.#transfers.delete(from);
      if (taken) this.#taken.set(from, transfer);
    }
    // Who never acknowledged the first block asked for no other: another did, in its name.
    return taken && there !== false;
  }

  /** One that came back meanwhile, from the same place and with the same token, is another observer. */
  #forget(device: string, observer: Observer): void {
    if (!this.#isThere(device, observer)) return;
    this.#observers.delete(device);
    observer.transfer?.end();
    this.#onEnd(device);
  }

  #isThere(device: string, observer: Observer): boolean {
    return this.#observers.get(device) === observer;
  }
}
