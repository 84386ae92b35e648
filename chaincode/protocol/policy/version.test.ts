import { expect } from 'chai';
import fc from 'fast-check';

import { versionSchema } from './request.ts';
import { compareVersions, isAtLeast } from './version.ts';

const anyPart = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 999_999_999 }));
const anyParts = fc.tuple(anyPart, anyPart, anyPart);
const anyVersion = anyParts.map((parts) => parts.join('.'));

describe('the order of versions', () => {
  it('is that of their numbers, the first that differs first', () => {
    fc.assert(
      fc.property(anyParts, anyParts, (left, right) => {
        const place = left.findIndex((part, index) => part !== right[index]);
        const expected = place < 0 ? 0 : Math.sign(left[place]! - right[place]!);
        expect(Math.sign(compareVersions(left.join('.'), right.join('.')))).to.equal(expected);
      }),
    );
  });

  it('is one: reversed when the two change places, and transitive', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (one, two, three) => {
        expect(Math.sign(compareVersions(one, two))).to.equal(0 - Math.sign(compareVersions(two, one)));
        const sorted = [one, two, three].sort(compareVersions);
        expect(compareVersions(sorted[0]!, sorted[2]!)).to.be.at.most(0);
        expect(isAtLeast(one, two) || isAtLeast(two, one)).to.equal(true);
      }),
    );
  });

  it('is not that of texts', () => {
    expect(compareVersions('1.10.0', '1.9.0')).to.be.greaterThan(0);
    expect(isAtLeast('1.9.9', '1.10.0')).to.equal(false);
  });

  it('leaves each version one way to be written', () => {
    fc.assert(
      fc.property(anyVersion, (version) => versionSchema.safeParse(version).success),
      { numRuns: 50 },
    );
    for (const wrong of ['1.0', '01.0.0', '1.0.0.0', '1.0.0-beta', 'v1.0.0', '1.0.0\n', '-1.0.0'])
      expect(versionSchema.safeParse(wrong).success, wrong).to.equal(false);
  });
});
