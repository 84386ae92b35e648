import { z } from 'zod';

import { Expectation, expectationSchema } from './expectation.ts';
import { Profile, profileSchema } from './profile.ts';

const DAY_MS = 86_400_000;
/** Quarters of an hour, and half-hours. */
const DAY_BINS = 96;
const WEEK_BINS = 336;
/** What errs less than so much of what the simpler one does is preferred to it. */
const BETTER = 0.9;

export const seasonSchema = z.strictObject({
  plain: expectationSchema,
  daily: expectationSchema,
  weekly: expectationSchema,
  day: profileSchema(DAY_BINS),
  week: profileSchema(WEEK_BINS),
});
type SeasonState = z.infer<typeof seasonSchema>;

/** What to expect: by the level alone, by the time of the day, or by that of the week, whichever proved itself. */
export class Season {
  readonly #day: Profile;
  readonly #week: Profile;
  readonly #plain: Expectation;
  readonly #daily: Expectation;
  readonly #weekly: Expectation;

  constructor(saved?: SeasonState) {
    this.#day = new Profile(DAY_MS, DAY_BINS, saved?.day);
    this.#week = new Profile(7 * DAY_MS, WEEK_BINS, saved?.week);
    this.#plain = new Expectation(undefined, saved?.plain);
    this.#daily = new Expectation(this.#day, saved?.daily);
    this.#weekly = new Expectation(this.#week, saved?.weekly);
  }

  /** @returns the expectation to go by; it has looked at this reading */
  look(ts: number, value: number): Expectation {
    this.#plain.look(ts, value, 0);
    const ofDay = this.#daily.look(ts, value, 0);
    this.#weekly.look(ts, value, ofDay);
    const better = this.#prefer(this.#plain, this.#daily);
    return this.#prefer(better, this.#weekly);
  }

  /** @param memory how many readings the level follows */
  learn(ts: number, value: number, memory: number): void {
    for (const expectation of [this.#plain, this.#daily, this.#weekly]) expectation.learn(ts, value, memory);
  }

  save(): SeasonState {
    return {
      plain: this.#plain.save(),
      daily: this.#daily.save(),
      weekly: this.#weekly.save(),
      day: this.#day.save(),
      week: this.#week.save(),
    };
  }

  #prefer(simple: Expectation, seasonal: Expectation): Expectation {
    return seasonal.seasonal && seasonal.usualError < BETTER * simple.usualError ? seasonal : simple;
  }
}
