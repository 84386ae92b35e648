export interface BackoffSettings {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait before the next attempt: twice as long after each failure, up to a bound, and a random part of it,
 * so that those who failed together do not come back together.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #random: () => number;
  #failures = 0;

  constructor(settings: BackoffSettings, random: () => number) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Counts a failure. @returns milliseconds */
  next(): number {
    const { firstMs, longestMs } = this.#settings;
    const most = Math.min(longestMs, firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return most * (0.5 + this.#random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
