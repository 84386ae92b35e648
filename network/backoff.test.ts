import { expect } from 'chai';

import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('waits twice as long after each failure, up to its bound, and begins anew after a success', () => {
    const backoff = new Backoff({ firstMs: 100, longestMs: 1_000 }, () => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).to.deep.equal([100, 200, 400, 800, 1_000, 1_000]);
    backoff.succeeded();
    expect(backoff.next()).to.equal(100);
  });

  it('varies the wait by half, so that many do not come back at once', () => {
    expect(new Backoff({ firstMs: 100, longestMs: 1_000 }, () => 0).next()).to.equal(50);
  });
});
