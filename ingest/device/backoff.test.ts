import { expect } from 'chai';

import { Backoff } from './backoff.ts';

describe('backoff', () => {
  it('doubles up to its bound, and begins anew after a success', () => {
    const backoff = new Backoff({ first: 100, longest: 500, random: () => 1 });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).to.deep.equal([100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.next()).to.equal(100);
  });

  it('spreads those who wait over half of the time, and never waits for nothing', () => {
    const shortest = new Backoff({ first: 100, longest: 100, random: () => 0 });
    expect(shortest.next()).to.equal(50);
  });
});
