import { setTimeout as delay } from 'node:timers/promises';

/** The longest that a timer of Node.js can wait is 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 2 ** 30;

export interface PaceClock {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Resolves after so many milliseconds, or when the signal comes. */
  wait(ms: number, stop: AbortSignal): Promise<void>;
}

const MACHINE_CLOCK: PaceClock = {
  now: () => performance.now(),
  wait: (ms, stop) => delay(ms, undefined, { signal: stop }).catch(() => undefined),
};

/** Spreads rows over time as their own instants are spread, so many times quicker. */
export class Pace {
  readonly #speed: number;
  readonly #clock: PaceClock;
  #start: { readonly at: number; readonly ts: number } | undefined;

  /** @param speed Infinity for no waiting at all */
  constructor(speed: number, clock: PaceClock = MACHINE_CLOCK) {
    this.#speed = speed;
    this.#clock = clock;
  }

  /** Resolves when it is the turn of the row with this instant, or the signal comes. The first row starts the time. */
  async turn(ts: number, stop: AbortSignal): Promise<void> {
    if (this.#speed === Infinity) return;
    const clock = this.#clock;
    this.#start ??= { at: clock.now(), ts };
    const due = this.#start.at + (ts - this.#start.ts) / this.#speed;
    for (let wait = due - clock.now(); wait >= 1 && !stop.aborted; wait = due - clock.now())
      await clock.wait(Math.min(wait, LONGEST_WAIT_MS), stop);
  }
}
