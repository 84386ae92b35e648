import { z } from 'zod';

import { gain } from './average.ts';

const DAY_MS = 86_400_000;
const MEMORY = 100;
/** So many usual intervals without a reading are a gap: what was before says little about what comes after. */
const GAP = 10;

export const rhythmSchema = z.strictObject({
  last: z.number().nullable(),
  interval: z.number().nonnegative(),
  count: z.int().nonnegative(),
});
type RhythmState = z.infer<typeof rhythmSchema>;

/** How often readings come. */
export class Rhythm {
  readonly #state: RhythmState;

  constructor(saved?: RhythmState) {
    this.#state = saved ?? { last: null, interval: 0, count: 0 };
  }

  /** @returns whether there was a gap before it */
  beat(ts: number): boolean {
    const state = this.#state;
    const interval = state.last === null ? 0 : ts - state.last;
    state.last = ts;
    if (interval <= 0) return false;
    if (state.count > 1 && interval > GAP * state.interval) return true;
    state.count += 1;
    state.interval += gain(state.count, MEMORY) * (interval - state.interval);
    return false;
  }

  /** Readings a day; 1 while that is not known. */
  get perDay(): number {
    return this.#state.interval === 0 ? 1 : DAY_MS / this.#state.interval;
  }

  save(): RhythmState {
    return { ...this.#state };
  }
}
