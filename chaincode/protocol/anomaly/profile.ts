import { Buffer } from 'node:buffer';

import { z } from 'zod';

/** A time is known once it was there so often. */
const ENOUGH_VISITS = 2;
const MOST_VISITS = 255;
/** What a new visit counts, at least: some seven of them are remembered. */
const LEAST_GAIN = 0.15;

/** @param bins a multiple of 3, so that there is no padding */
export const profileSchema = (bins: number) =>
  z.strictObject({
    /** Base64 of the bins' means, and of how often each was visited. */
    means: z.base64().length((bins * Float32Array.BYTES_PER_ELEMENT * 4) / 3),
    visits: z.base64().length((bins * 4) / 3),
    /** The visit that goes on. */
    bin: z.int().nonnegative().lt(bins).nullable(),
    sum: z.number(),
    count: z.int().nonnegative(),
  });
type ProfileState = z.infer<ReturnType<typeof profileSchema>>;

const NOTHING_SEEN: ProfileState = { means: '', visits: '', bin: null, sum: 0, count: 0 };

/** What is usual at which time of a period such as the day. A stay in a bin counts once, however many readings it had. */
export class Profile {
  readonly #width: number;
  readonly #means: Float32Array;
  readonly #visits: Uint8Array;
  #bin: number | null;
  #sum: number;
  #count: number;

  /** @param period in milliseconds, beginning at the Unix epoch */
  constructor(period: number, bins: number, saved?: ProfileState) {
    this.#width = period / bins;
    this.#means = new Float32Array(bins);
    this.#visits = new Uint8Array(bins);
    const { means, visits, bin, sum, count } = saved ?? NOTHING_SEEN;
    new Uint8Array(this.#means.buffer).set(Buffer.from(means, 'base64'));
    this.#visits.set(Buffer.from(visits, 'base64'));
    this.#bin = bin;
    this.#sum = sum;
    this.#count = count;
  }

  /** @returns undefined while that time is not known */
  at(ts: number): number | undefined {
    const bin = this.#binOf(ts);
    return (this.#visits[bin] ?? 0) < ENOUGH_VISITS ? undefined : this.#means[bin];
  }

  /** @param bound by how much a visit may differ, to be learnt from in full */
  learn(ts: number, value: number, bound: number): void {
    const bin = this.#binOf(ts);
    if (bin !== this.#bin) {
      if (this.#bin !== null) this.#close(this.#bin, bound);
      this.#bin = bin;
      this.#sum = 0;
      this.#count = 0;
    }
    this.#sum += value;
    this.#count += 1;
  }

  save(): ProfileState {
    return {
      means: Buffer.from(this.#means.buffer).toString('base64'),
      visits: Buffer.from(this.#visits).toString('base64'),
      bin: this.#bin,
      sum: this.#sum,
      count: this.#count,
    };
  }

  #binOf(ts: number): number {
    const bins = this.#means.length;
    return ((Math.floor(ts / this.#width) % bins) + bins) % bins;
  }

  #close(bin: number, bound: number): void {
    const visits = this.#visits[bin] ?? 0;
    const mean = this.#means[bin] ?? 0;
    const difference = this.#sum / this.#count - mean;
    const step = visits < ENOUGH_VISITS ? difference : Math.min(Math.max(difference, -bound), bound);
    this.#means[bin] = mean + Math.max(1 / (visits + 1), LEAST_GAIN) * step;
    this.#visits[bin] = Math.min(visits + 1, MOST_VISITS);
  }
}
