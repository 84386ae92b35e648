import { expect } from 'chai';
import fc from 'fast-check';

import { Pace, type PaceClock } from './pace.ts';

const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;

/** Time passes by waiting alone. */
class WaitingClock implements PaceClock {
  passed = 0;
  readonly waits: number[] = [];

  now(): number {
    return this.passed;
  }

  wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.passed += ms;
    return Promise.resolve();
  }
}

describe('the pace of a replay', () => {
  it('spreads rows as their instants are spread, so many times quicker, and makes up for what a row took', () => {
    const rows = fc.array(fc.record({ gap: fc.nat(DAY_MS), work: fc.nat(5_000) }), { minLength: 1 });
    return fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(0.5, 1, 60, 3600), async (steps, speed) => {
        const clock = new WaitingClock();
        const pace = new Pace(speed, clock);
        const begin = Date.UTC(2013, 11, 2);
        let ts = begin;
        for (const { gap, work } of steps) {
          ts += gap;
          const before = clock.passed;
          await pace.turn(ts, NEVER);
          const first = begin + steps[0]!.gap;
          expect(clock.passed).to.be.closeTo(Math.max(before, (ts - first) / speed), 1);
          clock.passed += work;
        }
      }),
    );
  });

  it('never waits for longer than a timer can', async () => {
    const clock = new WaitingClock();
    const pace = new Pace(1, clock);
    await pace.turn(0, NEVER);
    await pace.turn(100 * DAY_MS, NEVER);
    expect(clock.passed).to.equal(100 * DAY_MS);
    expect(Math.max(...clock.waits)).to.be.below(2 ** 31);
  });

  it('waits for no row when it is as quick as it goes, nor for one of the past', async () => {
    const clock = new WaitingClock();
    const quick = new Pace(Infinity, clock);
    for (const ts of [0, DAY_MS, 400 * DAY_MS]) await quick.turn(ts, NEVER);
    const backwards = new Pace(1, clock);
    for (const ts of [DAY_MS, 0]) await backwards.turn(ts, NEVER);
    expect(clock.waits).to.deep.equal([]);
  });

  it('ends a wait when it is told to stop', async () => {
    const stop = new AbortController();
    const pace = new Pace(1);
    await pace.turn(0, stop.signal);
    const turn = pace.turn(400 * DAY_MS, stop.signal);
    stop.abort();
    await turn;
  });
});
