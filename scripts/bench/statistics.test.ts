import { expect } from 'chai';
import fc from 'fast-check';

import { median, percentile } from './statistics.ts';

describe('bench statistics', () => {
  it('takes the nearest rank', () => {
    const values = [15, 20, 35, 40, 50];
    expect([0.05, 0.3, 0.4, 0.5, 1].map((share) => percentile(values, share))).to.deep.equal([
      15, 20, 20, 35, 50,
    ]);
  });

  it('sorts by size and not by text, and leaves the values as they are', () => {
    const values = [10, 9, 100, 1];
    expect(percentile(values, 1)).to.equal(100);
    expect(values).to.deep.equal([10, 9, 100, 1]);
  });

  it('gives a value that the share does not exceed and a smaller one would not do', () => {
    const samples = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    const shares = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(samples, shares, (values, share) => {
        const found = percentile(values, share);
        const count = (test: (value: number) => boolean): number => values.filter(test).length;
        expect(values).to.include(found);
        expect(count((value) => value <= found)).to.be.at.least(share * values.length);
        expect(count((value) => value < found)).to.be.below(share * values.length);
      }),
    );
  });

  it('has a median of one, and none of nothing', () => {
    expect(median([7])).to.equal(7);
    expect(median([3, 1, 2])).to.equal(2);
    expect(() => median([])).to.throw(RangeError);
  });
});
