const MINUTE_MS = 60_000;

/**
 * Lets each key through once a minute (of the clock, not since the last time). Only the present minute is remembered,
 * so memory is bounded by what can happen in one.
 */
export class MinuteLimit {
  #minute = Number.NEGATIVE_INFINITY;
  readonly #used = new Set<string>();

  /** Whether the key has not been used in the minute of `now`. */
  free(key: string, now: number): boolean {
    return Math.floor(now / MINUTE_MS) !== this.#minute || !this.#used.has(key);
  }

  use(key: string, now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#used.clear();
    this.#minute = minute;
    this.#used.add(key);
  }
}
