import { expect } from 'chai';
import fc from 'fast-check';

import type { Corner } from './condition.ts';
import { sidesCross } from './geofence.ts';

/** Corners around a centre, one in each part of the circle: such a polygon is seen whole from there. */
const star = fc
  .array(
    fc.record({
      within: fc.double({ min: 0, max: 0.9, noNaN: true }),
      radius: fc.double({ min: 0.1, max: 5, noNaN: true }),
    }),
    { minLength: 4, maxLength: 30 },
  )
  .map((rays) =>
    rays.map(({ within, radius }, index): Corner => {
      const angle = (2 * Math.PI * (index + within)) / rays.length;
      return [50 + radius * Math.sin(angle), 10 + radius * Math.cos(angle)];
    }),
  );

const circle = (count: number): Corner[] =>
  Array.from({ length: count }, (_each, index): Corner => {
    const angle = (2 * Math.PI * index) / count;
    return [50 + Math.sin(angle), 10 + Math.cos(angle)];
  });

describe('sides of a fence', () => {
  it('do not cross when its corners are named around it', () => {
    fc.assert(fc.property(star, (corners) => !sidesCross(corners)));
  });

  it('cross when two corners of a round one are exchanged that are not each other’s neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 40 }), fc.nat(), fc.nat(), (count, first, second) => {
        const [one, other] = [first % count, second % count];
        const apart = Math.abs(one - other);
        fc.pre(apart > 1 && apart < count - 1);
        const corners = circle(count);
        [corners[one], corners[other]] = [corners[other]!, corners[one]!];
        return sidesCross(corners);
      }),
    );
  });

  it('cross in an eight whose halves differ, and do not in a notch or a spike', () => {
    expect(
      sidesCross([
        [0, 0],
        [4, 4],
        [4, 0],
        [0, 1],
      ]),
    ).to.equal(true);
    expect(
      sidesCross([
        [0, 0],
        [0, 4],
        [4, 4],
        [2, 2],
        [4, 0],
      ]),
    ).to.equal(false);
    expect(
      sidesCross([
        [0, 0],
        [0, 4],
        [4, 2],
      ]),
    ).to.equal(false);
  });
});
