import { expect } from 'chai';

import { MinuteLimit } from './minute-limit.ts';

const MINUTE = Date.UTC(2026, 0, 1, 12, 0);

describe('MinuteLimit', () => {
  it('lets a key through once in a minute of the clock, and again in the next', () => {
    const limit = new MinuteLimit();
    expect(limit.free('a', MINUTE)).to.equal(true);
    limit.use('a', MINUTE);
    expect(limit.free('a', MINUTE + 59_999)).to.equal(false);
    expect(limit.free('b', MINUTE + 59_999)).to.equal(true);
    expect(limit.free('a', MINUTE + 60_000)).to.equal(true);
  });

  it('counts nothing as used by being asked', () => {
    const limit = new MinuteLimit();
    limit.free('a', MINUTE);
    expect(limit.free('a', MINUTE)).to.equal(true);
  });
});
