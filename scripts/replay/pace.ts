import { setTimeout as delay } from 'node:timers/promises';

/** The longest that a timer of Node.js can wait is 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 2 ** 30;

/** Spreads rows over time as their own instants are spread, so many times quicker. */
export class Pace {
  readonly #speed: number;
  #start: { readonly at: number; readonly ts: number } | undefined;

  /** @param speed Infinity for no waiting at all */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Resolves when it is the turn of the row with this instant, or the signal comes. The first row starts the time. */
  async turn(ts: number, stop: AbortSignal): Promise<void> {
    if (this.#speed === Infinity) return;
    this.#start ??= { at: performance.now(), ts };
    const due = this.#start.at + (ts - this.#start.ts) / this.#speed;
    for (let wait = due - performance.now(); wait >= 1 && !stop.aborted; wait = due - performance.now()) {
      await delay(Math.min(wait, LONGEST_WAIT_MS), undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
