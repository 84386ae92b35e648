import { z } from 'zod';

import { bounded, gain } from './average.ts';
import type { Profile } from './profile.ts';

/** Of how many readings the usual error is the mean. */
const ERROR_MEMORY = 1000;
/** Where nearly nothing ever differed, what does is so many usual errors off at most. */
const FAR = 1e6;

export const expectationSchema = z.strictObject({
  level: z.number(),
  usualError: z.number().nonnegative(),
  count: z.int().nonnegative(),
  error: z.number(),
});
type ExpectationState = z.infer<typeof expectationSchema>;

/** A level that follows the readings, and what is usual above or below it at that time. */
export class Expectation {
  readonly #profile: Profile | undefined;
  readonly #state: ExpectationState;
  #step = 0;
  #seasonal = false;

  constructor(profile?: Profile, saved?: ExpectationState) {
    this.#profile = profile;
    this.#state = saved ?? { level: 0, usualError: 0, count: 0, error: 0 };
  }

  /** By how much the reading looked at last differs. */
  get error(): number {
    return this.#state.error;
  }

  /** By how much more or less than the one before it. */
  get step(): number {
    return this.#step;
  }

  /** What errors are measured in; as nothing ever differed, the first that does is one. */
  get unit(): number {
    return this.#state.usualError === 0 ? Math.abs(this.#state.error) : this.#state.usualError;
  }

  /** The error in usual ones. */
  get deviation(): number {
    const { error } = this.#state;
    return error === 0 ? 0 : Math.min(Math.max(error / this.unit, -FAR), FAR);
  }

  get usualError(): number {
    return this.#state.usualError;
  }

  /** Whether it knows the time of the reading looked at last. */
  get seasonal(): boolean {
    return this.#seasonal;
  }

  /**
   * @param season what to take when the time is not known yet
   * @returns what it took
   */
  look(ts: number, value: number, season: number): number {
    const state = this.#state;
    if (state.count === 0) state.level = value;
    const known = this.#profile?.at(ts);
    this.#seasonal = known !== undefined;
    const error = value - state.level - (known ?? season);
    this.#step = state.count === 0 ? 0 : error - state.error;
    state.error = error;
    return known ?? season;
  }

  /** Learns from the reading looked at last. */
  learn(ts: number, value: number, memory: number): void {
    const state = this.#state;
    state.count += 1;
    const error = Math.abs(bounded(state.error, state.usualError, state.count));
    state.level += gain(state.count, memory) * state.error;
    state.usualError += gain(state.count, ERROR_MEMORY) * (error - state.usualError);
    this.#profile?.learn(ts, value - state.level, 3 * state.usualError);
  }

  save(): ExpectationState {
    return { ...this.#state };
  }
}
