import { Buffer } from 'node:buffer';

import { z } from 'zod';

/** Bins an octave: a size is known to within a fifth. */
const RESOLUTION = 4;
/** 24 octaves: what is smaller than a ten-millionth of the largest counts as nothing. */
const BINS = 96;
/** Where the first size is put: there is as much room above as below. */
const FIRST_BIN = 48;
/** What counts as the tail, as a share of all sizes. */
const TAIL = 0.02;
/** Of a tail that has no sizes yet to speak for it: its mean excess over where it begins, as a share of that, and its shape. */
const PRIOR = { excess: 0.25, shape: 0.1, weight: 5 };
/** By its first two moments a heavier tail cannot be told. */
const SHAPES = { least: 0.01, most: 0.5 };
/** A rarer size is remembered as one of so many decades: what is an anomaly must not become the measure. */
const REMEMBERED_DECADES = 4;
/** The tail is described anew after so many sizes. */
const REFIT = 32;
/** The weights of all sizes are made smaller when that of the newest has grown so large. */
const LARGEST_WEIGHT = 2 ** 20;
const BYTES = BINS * Float32Array.BYTES_PER_ELEMENT;

export const tailSchema = z.strictObject({
  /** Base64 of the bins' weights. */
  bins: z.base64().length((BYTES * 4) / 3),
  /** Orders of magnitude below the lowest bin; null before there was a size. */
  base: z.int().nullable(),
  /** Of the newest size: the older one is, the less it counts beside it. */
  weight: z.number().positive(),
  /** Of all sizes, of those beyond the limit, and of the first ones in a row there. */
  total: z.number().nonnegative(),
  beyond: z.number().nonnegative(),
  visits: z.number().nonnegative(),
  /** How many sizes in a row lay beyond it. */
  run: z.int().nonnegative(),
  untilFit: z.int(),
  /** Where the tail begins, what share of sizes lies in it, and its distribution. */
  limit: z.number().nonnegative(),
  share: z.number().positive(),
  scale: z.number().nonnegative(),
  shape: z.number().positive(),
  remembered: z.number().nonnegative(),
});
type TailState = z.infer<typeof tailSchema>;

const NOTHING_SEEN: TailState = {
  bins: '',
  base: null,
  weight: 1,
  total: 0,
  beyond: 0,
  visits: 0,
  run: 0,
  untilFit: 0,
  limit: 0,
  share: 1,
  scale: 0,
  shape: PRIOR.shape,
  remembered: 0,
};

/**
 * How rare a size is among all before it: a histogram by orders of magnitude that slowly forgets, and for sizes beyond it
 * a generalised Pareto distribution fitted to its tail (after Siffer et al., "Anomaly detection in streams with extreme
 * value theory", KDD 2017). Sizes have no unit: if all are twice as large, each is as rare as it was.
 */
export class Tail {
  readonly #bins = new Float32Array(BINS);
  readonly #state: Omit<TailState, 'bins'>;

  constructor(saved?: TailState) {
    const { bins, ...state } = saved ?? NOTHING_SEEN;
    this.#state = state;
    new Uint8Array(this.#bins.buffer).set(Buffer.from(bins, 'base64'));
  }

  /**
   * @param size at least 0
   * @returns -log10 of the probability of such a size or a larger one; 0 unless it lies in the tail
   */
  decades(size: number): number {
    const { limit, share, scale, shape } = this.#state;
    if (size <= limit) return 0;
    const beyond = scale === 0 ? 0 : Math.log10(1 + (shape * (size - limit)) / scale) / shape;
    return beyond - Math.log10(share);
  }

  /** The size that is as rare as that. */
  sizeAt(decades: number): number {
    const { limit, share, scale, shape } = this.#state;
    const beyond = Math.max(decades + Math.log10(share), 0);
    return limit + (scale * (10 ** (beyond * shape) - 1)) / shape;
  }

  /**
   * Sizes in a row that lie beyond the limit count less and less: one long excursion must not become what is usual, but a
   * state that stays has to.
   *
   * @param memory how many sizes it remembers, the older ones less and less
   */
  learn(size: number, memory: number): void {
    const state = this.#state;
    state.weight *= 1 + 1 / memory;
    state.run = size > state.limit ? state.run + 1 : 0;
    const weight = state.weight / Math.sqrt(Math.max(state.run, 1));
    if (state.run > 0) state.beyond += weight;
    if (state.run === 1) state.visits += weight;
    const bin = this.#binOf(state.scale === 0 ? size : Math.min(size, state.remembered));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + weight;
    state.total += weight;
    if (state.weight > LARGEST_WEIGHT) this.#rescale();
    state.untilFit -= 1;
    if (state.untilFit <= 0) this.#fit();
  }

  save(): TailState {
    return { ...this.#state, bins: Buffer.from(this.#bins.buffer).toString('base64') };
  }

  #binOf(size: number): number {
    if (size === 0) return 0;
    const order = Math.floor(RESOLUTION * Math.log2(size));
    this.#state.base ??= order - FIRST_BIN;
    const bin = order - this.#state.base;
    if (bin >= BINS) this.#makeRoom(bin - BINS + 1);
    return Math.min(Math.max(bin, 0), BINS - 1);
  }

  /** Sizes that are too small beside a new one to matter become nothing. */
  #makeRoom(orders: number): void {
    const lost = Math.min(orders, BINS - 1);
    const nothing = this.#bins.subarray(0, lost + 1).reduce((sum, weight) => sum + weight, 0);
    this.#bins.copyWithin(0, lost);
    this.#bins.fill(0, BINS - lost);
    this.#bins[0] = nothing;
    this.#state.base = (this.#state.base ?? 0) + orders;
  }

  #rescale(): void {
    const state = this.#state;
    for (let bin = 0; bin < BINS; bin += 1) this.#bins[bin] = (this.#bins[bin] ?? 0) / state.weight;
    state.total /= state.weight;
    state.beyond /= state.weight;
    state.visits /= state.weight;
    state.weight = 1;
  }

  /** By the method of moments. */
  #fit(): void {
    const state = this.#state;
    const { first, mass } = this.#tailBins();
    const limit = this.#lowest(first);
    let [sum, squares] = [0, 0];
    for (let bin = first; bin < BINS; bin += 1) {
      const weight = this.#bins[bin] ?? 0;
      if (weight === 0) continue;
      const excess = this.#lowest(bin + 0.5) - limit;
      sum += weight * excess;
      squares += weight * excess * excess;
    }
    state.untilFit = REFIT;
    state.limit = limit;
    state.share = (mass + state.weight / 2) / (state.total + state.weight);
    this.#describe(mass, sum / (mass || 1), squares / (mass || 1));
    state.remembered = this.sizeAt(REMEMBERED_DECADES);
  }

  /** What is known beforehand counts as some more excesses; those that follow on each other count as one. */
  #describe(mass: number, mean: number, meanSquare: number): void {
    const state = this.#state;
    const independent = state.beyond === 0 ? 0 : (mass / state.weight) * (state.visits / state.beyond);
    const trust = independent / (independent + PRIOR.weight);
    const mixed = (seen: number, prior: number): number => trust * seen + (1 - trust) * prior;
    const variance = meanSquare - mean * mean;
    const shape = variance > 0 ? 0.5 * (1 - (mean * mean) / variance) : 0;
    state.shape = Math.min(Math.max(mixed(shape, PRIOR.shape), SHAPES.least), SHAPES.most);
    const excess = state.limit === 0 ? mean : mixed(mean, PRIOR.excess * state.limit);
    state.scale = excess * (1 - state.shape);
  }

  /** From which bin on it is the tail, and how much is in it. */
  #tailBins(): { first: number; mass: number } {
    let mass = 0;
    for (let bin = BINS - 1; bin >= 0; bin -= 1) {
      const weight = this.#bins[bin] ?? 0;
      if (mass + weight > TAIL * this.#state.total) return { first: bin + 1, mass };
      mass += weight;
    }
    return { first: 0, mass };
  }

  /** The least size of a bin. What is in the lowest bin is nothing. */
  #lowest(bin: number): number {
    const { base } = this.#state;
    return base === null || bin < 1 ? 0 : 2 ** ((base + bin) / RESOLUTION);
  }
}
