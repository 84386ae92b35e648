import type { Time } from '../../network/time.ts';

/** What waits to be written. */
export interface Queued {
  /** Room that it takes in a batch. */
  readonly bytes: number;
  /** Whether somebody waits for it to be settled. Only what nobody waits for may be forgotten. */
  owed(): boolean;
}

export interface QueueSettings {
  /** A batch ends with so many items, … */
  readonly batchItems: number;
  /** … or so many bytes, … */
  readonly batchBytes: number;
  /** … or when its first item has waited so many milliseconds. */
  readonly batchAgeMs: number;
  /** Items that are kept at the most. More than can be owed at one time, so that no owed one is refused. */
  readonly capacity: number;
}

interface Entry<Item> {
  readonly item: Item;
  readonly since: number;
}

/**
 * Gathers items into batches. While one batch is being written the next one grows, so batches are as large as the
 * database is slow: a lone item waits for the age alone, and a flood is written in full batches.
 */
export class BatchQueue<Item extends Queued> {
  readonly #settings: QueueSettings;
  readonly #time: Time;
  #entries: Entry<Item>[] = [];
  #bytes = 0;
  #ended = false;
  /** Wakes who waits in `next`. */
  #wake: (() => void) | undefined;

  constructor(settings: QueueSettings, time: Time) {
    this.#settings = settings;
    this.#time = time;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** @returns the item that was forgotten for want of room, be it this one; undefined when there was room */
  add(item: Item): Item | undefined {
    const forgotten = this.#makeRoom(item);
    if (forgotten === item) return item;
    this.#entries.push({ item, since: this.#time.elapsed() });
    this.#bytes += item.bytes;
    if (this.#entries.length === 1 || this.#isFull()) this.#wake?.();
    return forgotten;
  }

  /** No more items come: what is there is given out at once. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /**
   * The next batch, when there is one: at least one item, in the order in which they came. Undefined once the queue
   * has ended and is empty. For one caller at a time.
   */
  async next(): Promise<Item[] | undefined> {
    for (;;) {
      const wait = this.#wait();
      if (wait <= 0) return this.#take();
      await this.#sleep(wait);
      if (this.#ended && this.#entries.length === 0) return undefined;
    }
  }

  /** Milliseconds until there is a batch; infinite while there is nothing to wait for. */
  #wait(): number {
    const [first] = this.#entries;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    if (this.#ended || this.#isFull()) return 0;
    return first.since + this.#settings.batchAgeMs - this.#time.elapsed();
  }

  #isFull(): boolean {
    return this.#entries.length >= this.#settings.batchItems || this.#bytes >= this.#settings.batchBytes;
  }

  #sleep(ms: number): Promise<void> {
    if (this.#ended && this.#entries.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel?.();
        this.#wake = undefined;
        resolve();
      };
      const cancel = Number.isFinite(ms) ? this.#time.after(ms, wake) : undefined;
      this.#wake = wake;
    });
  }

  #take(): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    for (const { item } of this.#entries) {
      const room =
        batch.length < this.#settings.batchItems && bytes + item.bytes <= this.#settings.batchBytes;
      if (!room && batch.length > 0) break;
      batch.push(item);
      bytes += item.bytes;
    }
    this.#entries = this.#entries.slice(batch.length);
    this.#bytes -= bytes;
    return batch;
  }

  #makeRoom(item: Item): Item | undefined {
    if (this.#entries.length < this.#settings.capacity) return undefined;
    if (!item.owed()) return item;
    const index = this.#entries.findIndex((entry) => !entry.item.owed());
    const [entry] = index === -1 ? [] : this.#entries.splice(index, 1);
    if (entry === undefined) return item;
    this.#bytes -= entry.item.bytes;
    return entry.item;
  }
}
