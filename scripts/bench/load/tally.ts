import { percentile } from '../statistics.ts';

/** The measured time: what lies before is warm-up. Milliseconds of a clock that only goes forward. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Counts receipts. */
export class Tally {
  readonly #interval: Interval;
  readonly #latencies: number[] = [];
  readonly #refused = new Map<string, number>();
  #receipted = 0;

  constructor(interval: Interval) {
    this.#interval = interval;
  }

  /** Messages of which the receipts came in the measured time. */
  get receipted(): number {
    return this.#receipted;
  }

  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  /**
   * A message was receipted.
   *
   * @param due when it was to be sent
   */
  settle(due: number, now: number): void {
    if (this.#covers(now)) this.#receipted += 1;
    // Also when the receipt comes after the end: the slowest must not drop out.
    if (this.#covers(due)) this.#latencies.push(now - due);
  }

  refuse(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  latency(): { p50: number; p99: number } | null {
    if (this.#latencies.length === 0) return null;
    return { p50: percentile(this.#latencies, 0.5), p99: percentile(this.#latencies, 0.99) };
  }

  #covers(instant: number): boolean {
    return instant >= this.#interval.from && instant < this.#interval.to;
  }
}
