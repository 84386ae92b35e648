import { expect } from 'chai';
import fc from 'fast-check';

import { toHex } from './hash.ts';
import { emptyRoot } from './merkle.ts';
import { encodeRange, type Numbered, rangesOf, rangesRoot } from './ranges.ts';

const numbered: fc.Arbitrary<Numbered> = fc.record({
  device: fc.constantFrom('a', 'a-1', 'b'),
  epoch: fc.integer({ min: 1, max: 2 }),
  seq: fc.integer({ min: 1, max: 30 }),
});

function name({ device, epoch, seq }: Numbered): string {
  return `${device}/${epoch}/${seq}`;
}

describe('sequence ranges', () => {
  it('hold exactly the numbers that they were made of, in the fewest ranges, in order', () => {
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 60 }), (numbers) => {
        const ranges = rangesOf(numbers);
        const held = ranges.flatMap(({ device, epoch, first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => name({ device, epoch, seq: first + index })),
        );
        expect(new Set(held).size, 'no number twice').to.equal(held.length);
        expect(held).to.have.members([...new Set(numbers.map(name))]);
        for (const [index, right] of ranges.entries()) {
          const left = ranges[index - 1];
          if (left === undefined) continue;
          const sameStream = left.device === right.device && left.epoch === right.epoch;
          if (sameStream) expect(right.first).to.be.greaterThan(left.last + 1);
          else expect([left.device, left.epoch] < [right.device, right.epoch]).to.equal(true);
        }
      }),
    );
  });

  it('do not depend on the order of arrival', () => {
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 30 }), (numbers) => {
        expect(rangesOf(numbers.toReversed())).to.deep.equal(rangesOf(numbers));
      }),
    );
  });

  it('order epochs as numbers and devices by bytes', () => {
    const of = (device: string, epoch: number): Numbered => ({ device, epoch, seq: 1 });
    const ranges = rangesOf([of('b', 1), of('a', 10), of('a', 9), of('a-', 1)]);
    expect(ranges.map(({ device, epoch }) => `${device}/${epoch}`)).to.deep.equal([
      'a/9',
      'a/10',
      'a-/1',
      'b/1',
    ]);
  });

  it('have a root that tells them apart', () => {
    const range = { device: 'a', epoch: 1, first: 1, last: 5 };
    const roots = [
      [],
      [range],
      [{ ...range, device: 'b' }],
      [{ ...range, epoch: 2 }],
      [{ ...range, first: 2 }],
      [{ ...range, last: 6 }],
      [
        { ...range, last: 2 },
        { ...range, first: 4 },
      ],
    ].map((ranges) => toHex(rangesRoot(ranges)));
    expect(new Set(roots).size).to.equal(roots.length);
    expect(roots[0]).to.equal(toHex(emptyRoot()));
  });

  it('are written in the bytes of the format', () => {
    const bytes = encodeRange({ device: 'a', epoch: 2, first: 3, last: 4 });
    const label = Buffer.from('biot.range.1').toString('hex');
    expect(Buffer.from(bytes).toString('hex')).to.equal(
      `000c${label}00016100000002${'3'.padStart(16, '0')}${'4'.padStart(16, '0')}`,
    );
  });
});
