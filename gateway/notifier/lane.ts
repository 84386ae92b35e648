import { Backoff } from '../../network/backoff.ts';

const CLOSED_AT_FIRST_MS = 5_000;
const CLOSED_AT_MOST_MS = 600_000;
/** Longer than any message waits for its next attempt. */
const FORGOTTEN_AFTER_MS = 2 * 3_600_000;

/** Messages that may go at once, and how often another one. What comes meanwhile goes together. */
export interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

/**
 * The way to one channel. It is closed for longer and longer while nothing is taken there, so that one dead end keeps no
 * other back; and it is as quick as people can read.
 */
export class Lane {
  readonly #pace: Pace;
  readonly #closings: Backoff;
  #closedUntil = 0;
  /** When the allowance is full again: each message moves it on. */
  #restedAt = 0;
  /** The higher, the later it was last served. */
  turn = 0;
  /** Whether the last attempt failed. */
  doubtful = false;

  constructor(pace: Pace, random: () => number) {
    this.#pace = pace;
    this.#closings = new Backoff({ firstMs: CLOSED_AT_FIRST_MS, longestMs: CLOSED_AT_MOST_MS }, random);
  }

  isOpen(now: number): boolean {
    const { burst, everyMs } = this.#pace;
    return now >= this.#closedUntil && this.#restedAt - now <= (burst - 1) * everyMs;
  }

  /** Whether it is so long ago that anything was sent, or closed, that a new one would do. */
  isForgotten(now: number): boolean {
    return now - Math.max(this.#closedUntil, this.#restedAt) > FORGOTTEN_AFTER_MS;
  }

  /** What kept it closed may be over. */
  reopen(): void {
    this.#closedUntil = 0;
    this.#closings.succeeded();
  }

  used(now: number): void {
    this.#restedAt = Math.max(this.#restedAt, now) + this.#pace.everyMs;
  }

  succeeded(): void {
    this.doubtful = false;
    this.#closings.succeeded();
  }

  /** @param notBefore when the endpoint wants to be asked again */
  failed(now: number, notBefore = now): void {
    this.doubtful = true;
    this.#closedUntil = Math.max(now + this.#closings.next(), notBefore);
  }
}
