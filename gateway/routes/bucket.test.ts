import { expect } from 'chai';
import fc from 'fast-check';

import { LAST_INSTANT } from '../http/fields.ts';
import { bucketFor } from './bucket.ts';

describe('the length of a bucket', () => {
  const instant = fc.integer({ min: 0, max: LAST_INSTANT });

  it('never gives more buckets than points', () => {
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: 1, max: 2_000 }), (one, other, points) => {
        const [from, to] = one < other ? [one, other] : [other, one + 1];
        const length = bucketFor({ from, to, points });
        expect(Number.isSafeInteger(length) && length > 0).to.equal(true);
        expect(Math.floor((to - 1) / length) - Math.floor(from / length) + 1).to.be.at.most(points);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is round, and the shortest that does', () => {
    const from = Date.UTC(2014, 0, 1);
    const day = 86_400_000;
    expect(bucketFor({ from, to: from + day, points: 300 })).to.equal(300_000);
    expect(bucketFor({ from, to: from + 90 * day, points: 300 })).to.equal(43_200_000);
    expect(bucketFor({ from, to: from + 60_000, points: 300 })).to.equal(200);
  });
});
