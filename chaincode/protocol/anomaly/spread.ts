import { z } from 'zod';

import { gain } from './average.ts';

const SHORT = 24;
const LONG = 2000;
/** Signals may become constant. */
const MOST = 1e6;

export const spreadSchema = z.strictObject({
  count: z.int().nonnegative(),
  short: z.number().nonnegative(),
  long: z.number().nonnegative(),
});
type SpreadState = z.infer<typeof spreadSchema>;

/** How large steps from one reading to the next are, lately and usually. */
export class Spread {
  readonly #state: SpreadState;

  constructor(saved?: SpreadState) {
    this.#state = saved ?? { count: 0, short: 0, long: 0 };
  }

  get recent(): number {
    return this.#state.short;
  }

  get usual(): number {
    return this.#state.long;
  }

  add(step: number): void {
    const state = this.#state;
    state.count += 1;
    state.short += gain(state.count, SHORT) * (Math.abs(step) - state.short);
    state.long += gain(state.count, LONG) * (Math.abs(step) - state.long);
  }

  /**
   * How many times as large they are lately; when they are smaller, negative, and by how many e-folds more than one: on
   * a signal that became constant they fall off exponentially. 0 when there never was a step.
   */
  get change(): number {
    const { short, long } = this.#state;
    if (long === 0) return 0;
    return short >= long ? short / long : -1 - Math.log(Math.min(long / short, MOST));
  }

  save(): SpreadState {
    return { ...this.#state };
  }
}
