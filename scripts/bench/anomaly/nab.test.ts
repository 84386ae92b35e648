import { expect } from 'chai';
import fc from 'fast-check';

import { normalised, probation, score, worth } from './nab.ts';

/** The logistic function of the paper: 2 / (1 + e^(5y)) - 1, by hand: y = -0.5 gives 0.84828, y = -1 gives 0.98661. */
const AT_FIRST = 0.986_614;
const HALFWAY = 0.848_284;

describe('score of the Numenta Anomaly Benchmark', () => {
  const series = {
    readings: 1000,
    windows: [
      [300, 399],
      [700, 799],
    ] as const,
  };
  const of = (...detections: number[]): number | null => normalised([score({ ...series, detections })]);

  it('knows what a position relative to a window is worth', () => {
    expect(worth(-1)).to.be.closeTo(AT_FIRST, 1e-6);
    expect(worth(-0.5)).to.be.closeTo(HALFWAY, 1e-6);
    expect(worth(0)).to.equal(0);
    expect(worth(1)).to.be.closeTo(-AT_FIRST, 1e-6);
    expect(worth(3.01)).to.equal(-1);
  });

  it('is 100 for the perfect detector, and 0 for the silent one', () => {
    expect(of(300, 700)).to.be.closeTo(100, 1e-9);
    expect(of()).to.equal(0);
  });

  it('counts the first detection in a window only', () => {
    expect(of(300, 350, 399, 700, 701)).to.equal(of(300, 700));
  });

  it('is lower the later in its window something is detected', () => {
    // Position -(399 - 350 + 1) / 100 = -0.5: (0.848284 / 0.986614 + 1) of 2 for one window, 2 of 2 for the other.
    expect(of(350, 700)).to.be.closeTo((100 * (HALFWAY / AT_FIRST + 1 + 2)) / 4, 1e-3);
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 398 }), (first) => {
        expect(of(first, 700)).to.be.above(of(first + 1, 700) ?? Number.NaN);
      }),
    );
  });

  it('takes 0.11 of a window for a false positive before any window or far behind one', () => {
    expect(of(200)).to.be.closeTo((100 * -0.11) / 4, 1e-9);
    // Two windows' lengths behind the second: 2 / (1 + e^10) - 1 = -0.9999092.
    expect(of(300, 700, 997)).to.be.closeTo(100 - (100 * 0.11 * 0.999_909_2) / 4, 1e-4);
  });

  it('takes less for one shortly behind a window', () => {
    // One reading behind a window of 100: 2 / (1 + e^(5/99)) - 1 = -0.0252472.
    expect(of(300, 400, 700)).to.be.closeTo(100 - (100 * 0.11 * 0.025_247_2) / 4, 1e-4);
    expect(of(300, 400, 700)).to.be.above(of(300, 450, 700) ?? Number.NaN);
  });

  it('counts every false positive, also side by side', () => {
    expect(score({ ...series, detections: [200, 201, 500] })).to.include({ falsePositives: 3, detected: 0 });
  });

  it('does not look at the probation: 15 % of the readings, 750 at most', () => {
    expect([probation(1000), probation(4032), probation(20_000)]).to.deep.equal([150, 604, 750]);
    expect(of(149, 300, 700)).to.equal(of(300, 700));
    expect(of(150, 300, 700)).to.be.below(of(300, 700) ?? Number.NaN);
  });

  it('is one for all series together, weighed by their windows', () => {
    const found = score({ ...series, detections: [300, 700] });
    const missed = score({ readings: 1000, windows: [[500, 599]], detections: [] });
    const quiet = score({ readings: 1000, windows: [], detections: [] });
    expect(normalised([found, missed, quiet])).to.be.closeTo((100 * 4) / 6, 1e-9);
    expect(normalised([quiet])).to.equal(null);
  });

  it('never exceeds that of the perfect detector', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(999), { maxLength: 40 }), (indices) => {
        expect(of(...indices.toSorted((one, other) => one - other))).to.be.at.most(100 + 1e-9);
      }),
    );
  });
});
