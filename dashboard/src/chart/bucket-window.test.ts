import { expect } from 'chai';
import fc from 'fast-check';

import type { RollupPoint } from '../api/types.ts';
import { BucketWindow, gapThreshold } from './bucket-window.ts';

const NOW = 1_700_000_000_000;

function point(ts: number, value = 1, count = 1): RollupPoint {
  return { ts, min: value, max: value, avg: value, count };
}

describe('bucket window', () => {
  it('folds values of one bucket into lowest, highest and average', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: 60_000 });
    for (const [offset, value] of [
      [0, 4],
      [300, 10],
      [900, 1],
    ] as const) {
      window.add(NOW + offset, value, NOW + 1_000);
    }
    expect(window.points).to.deep.equal([{ ts: NOW, min: 1, max: 10, avg: 5, count: 3 }]);
  });

  it('weighs a live value against the many of a roll-up’s bucket', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: 60_000 });
    window.fill([{ ts: NOW, min: 2, max: 4, avg: 3, count: 9 }]);
    window.add(NOW + 10, 13, NOW + 10);
    expect(window.last).to.deep.equal({ ts: NOW, min: 2, max: 13, avg: 4, count: 10 });
  });

  it('puts late values where they belong', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: 60_000 });
    window.add(NOW + 5_000, 5, NOW + 6_000);
    window.add(NOW + 1_000, 1, NOW + 6_000);
    window.add(NOW + 3_000, 3, NOW + 6_000);
    expect(window.points.map(({ avg }) => avg)).to.deep.equal([1, 3, 5]);
  });

  it('leaves out history that a device resends while the last minutes are shown', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: 60_000 });
    window.add(NOW - 3_600_000, 1, NOW);
    expect(window.points).to.deep.equal([]);
  });

  it('forgets what time has left behind, even when nothing new comes', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: 10_000 });
    window.add(NOW, 1, NOW);
    const before = window.revision;
    window.advance(NOW + 20_000);
    expect(window.points).to.deep.equal([]);
    expect(window.revision).to.be.greaterThan(before);
  });

  it('keeps all that there is when the whole past is shown', () => {
    const window = new BucketWindow({ bucketMs: 1_000, spanMs: Infinity });
    window.fill([point(0), point(NOW)]);
    window.advance(NOW);
    expect(window.points).to.have.length(2);
  });

  it('stays bounded and in order, whatever comes in whatever order', () => {
    const value = fc.record({
      offset: fc.integer({ min: -200_000, max: 500_000 }),
      value: fc.double({ noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 500 }), (values) => {
        const window = new BucketWindow({ bucketMs: 1_000, spanMs: 60_000 });
        let now = NOW;
        for (const { offset, value: heard } of values) {
          now = Math.max(now, NOW + offset);
          window.add(NOW + offset, heard, now);
        }
        const times = window.points.map(({ ts }) => ts);
        expect(times.length).to.be.at.most(62);
        expect(times).to.deep.equal([...new Set(times)].sort((left, right) => left - right));
      }),
    );
  });
});

describe('gap threshold', () => {
  it('breaks the line of a device that sends each second after a few seconds', () => {
    const points = Array.from({ length: 20 }, (_, index) => point(NOW + index * 1_000));
    expect(gapThreshold(points, 500)).to.equal(4_000);
  });

  it('does not break the line of a device that sends each minute', () => {
    const points = Array.from({ length: 20 }, (_, index) => point(NOW + index * 60_000));
    expect(gapThreshold(points, 500)).to.be.greaterThan(60_000);
  });

  it('is not led astray by one long silence', () => {
    const points = [0, 1, 2, 3, 500, 501, 502].map((second) => point(NOW + second * 1_000));
    expect(gapThreshold(points, 1_000)).to.equal(4_000);
  });

  it('has an answer for no points at all', () => {
    expect(gapThreshold([], 1_000)).to.equal(4_000);
  });
});
