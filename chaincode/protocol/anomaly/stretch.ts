import { z } from 'zod';

/** An anomaly within another is one of its own when it is so many times as many decades rare. */
const WORSE = 2;

export const stretchSchema = z.strictObject({ peak: z.number().nonnegative(), calm: z.int().nonnegative() });
type StretchState = z.infer<typeof stretchSchema>;

/** Makes one anomaly of all that lie close together. */
export class Stretch {
  readonly #state: StretchState;

  constructor(saved?: StretchState) {
    this.#state = saved ?? { peak: 0, calm: 0 };
  }

  get ongoing(): boolean {
    return this.#state.peak > 0;
  }

  /**
   * @param rarity of a reading, such as its decades
   * @param threshold from which on it is an anomaly; above 0
   * @param quiet how many readings below the threshold end the stretch
   * @returns whether a new anomaly begins here
   */
  begins(rarity: number, threshold: number, quiet: number): boolean {
    const state = this.#state;
    if (rarity < threshold) {
      if (state.peak > 0) state.calm += 1;
      if (state.calm >= quiet) state.peak = state.calm = 0;
      return false;
    }
    const begins = state.peak === 0 || rarity > WORSE * state.peak;
    state.peak = Math.max(state.peak, rarity);
    state.calm = 0;
    return begins;
  }

  save(): StretchState {
    return { ...this.#state };
  }
}
