import { wasBrokenOff } from '../../sql/queries/report-sums.ts';
import { Refusal } from '../http/problem.ts';

/** A report that is not there by then asks nothing more: somebody waits for it, and others for its place. */
const PATIENCE_MS = 300_000;

/** Until when the questions of one report may begin. */
export class Deadline {
  readonly #clock: () => number;
  readonly #end: number;

  constructor(clock: () => number, patienceMs = PATIENCE_MS) {
    this.#clock = clock;
    this.#end = clock() + patienceMs;
  }

  /** @throws BiotError DATABASE_UNAVAILABLE when it is over, or the server has broken the question off; what it throws */
  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    if (this.#clock() >= this.#end) throw tooLong();
    try {
      return await question();
    } catch (error) {
      if (wasBrokenOff(error)) throw tooLong(error);
      throw error;
    }
  }
}

function tooLong(cause?: unknown): Refusal {
  return new Refusal(
    'DATABASE_UNAVAILABLE',
    'The database takes too long to sum this up: ask for a shorter period, or when less is being written.',
    { cause },
  );
}
