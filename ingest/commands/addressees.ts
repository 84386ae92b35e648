import { BoundedMap } from '../coap/bounded-map.ts';
import type { Time } from '../../network/time.ts';

/** Beyond it, or after a day, a device waits until its orders are tried again anyway. */
const MOST = 100_000;
const LIFETIME_MS = 24 * 60 * 60_000;
/** A device that sends telemetry and takes no orders is not tried at each message, nor one that has orders at each poll. */
const GRACE_MS = 2_000;
/** So long after its start a service does not know what an earlier one has tried. */
const UNKNOWN_MS = 5 * 60_000;

interface Attempt {
  readonly at: number;
  readonly taken: boolean;
}

/** Devices that there was an order for, and whether anybody took it: by them, orders are tried again before their time. */
export class Addressees {
  readonly #time: Pick<Time, 'elapsed'>;
  readonly #attempts: BoundedMap<Attempt>;
  readonly #there = new Set<string>();
  /** Those that asked although they had just got something, and when that was long enough ago. */
  readonly #asking = new Map<string, number>();
  readonly #startedAt: number;

  constructor(time: Pick<Time, 'elapsed'>) {
    this.#time = time;
    this.#startedAt = time.elapsed();
    this.#attempts = new BoundedMap({ most: MOST, lifetimeMs: LIFETIME_MS, now: () => time.elapsed() });
  }

  tried(device: string, taken: boolean): void {
    this.#attempts.set(device, { at: this.#time.elapsed(), taken });
  }

  /** A message of it came. @returns whether it was looked for in vain */
  heard(device: string): boolean {
    return this.#isThere(device, ({ taken, at }) => !taken && this.#isOver(at));
  }

  /** It waits for orders. @returns whether one may be for it that it has not got, or has not answered */
  asked(device: string): boolean {
    const attempt = this.#attempts.get(device);
    if (attempt === undefined && this.#time.elapsed() - this.#startedAt < UNKNOWN_MS) {
      this.tried(device, true);
      this.#there.add(device);
      return true;
    }
    // It may have gone between two polls, and what it was sent with it.
    if (attempt?.taken === true && !this.#isOver(attempt.at) && this.#asking.size < MOST)
      this.#asking.set(device, attempt.at + GRACE_MS);
    return this.#isThere(device, ({ taken, at }) => !taken || this.#isOver(at));
  }

  /** Those that are there, since this was asked last. */
  takeThere(): string[] {
    const now = this.#time.elapsed();
    for (const [device, at] of this.#asking) {
      if (at > now) continue;
      this.#asking.delete(device);
      this.#there.add(device);
    }
    const there = [...this.#there];
    this.#there.clear();
    return there;
  }

  #isThere(device: string, counts: (attempt: Attempt) => boolean): boolean {
    const attempt = this.#attempts.get(device);
    if (attempt === undefined || !counts(attempt)) return false;
    this.#attempts.delete(device);
    this.#there.add(device);
    return true;
  }

  #isOver(at: number): boolean {
    return this.#time.elapsed() - at >= GRACE_MS;
  }
}
