import { expect } from 'chai';
import fc from 'fast-check';

import { MAX_BATCH_MESSAGES } from './header.ts';
import { MAX_VALUES } from './message.ts';
import { batchIdRange, MAX_BATCH_ID, readingId, readingPlace } from './reading-id.ts';

const place = fc.record({
  batch: fc.bigInt({ min: 0n, max: MAX_BATCH_ID }),
  leaf: fc.integer({ min: 0, max: MAX_BATCH_MESSAGES - 1 }),
  value: fc.integer({ min: 0, max: MAX_VALUES - 1 }),
});

describe("a reading's id", () => {
  it('tells its place', () => {
    fc.assert(
      fc.property(place, (where) => {
        expect(readingPlace(readingId(where))).to.deep.equal(where);
      }),
    );
    expect(readingId({ batch: 3n, leaf: 2, value: 1 })).to.equal(3n * 2n ** 20n + 2n * 2n ** 6n + 1n);
  });

  it('orders readings by batch, leaf and value, and fits a signed 64-bit integer', () => {
    fc.assert(
      fc.property(place, place, (left, right) => {
        const key = ({ batch, leaf, value }: typeof left): bigint[] => [batch, BigInt(leaf), BigInt(value)];
        const [a, b] = [key(left), key(right)];
        const differs = a.findIndex((part, index) => part !== b[index]);
        const expected = differs < 0 ? 0 : a[differs]! < b[differs]! ? -1 : 1;
        const [x, y] = [readingId(left), readingId(right)];
        expect(x < y ? -1 : x > y ? 1 : 0).to.equal(expected);
        expect(x).to.equal(BigInt.asIntN(64, x));
      }),
    );
  });

  it('of a batch lies in one range, which is next to those of its neighbours', () => {
    fc.assert(
      fc.property(place, (where) => {
        const [from, to] = batchIdRange(where.batch);
        const id = readingId(where);
        expect(from <= id && id < to).to.equal(true);
        expect(batchIdRange(where.batch + 1n)[0]).to.equal(to);
      }),
    );
  });

  it('is refused for a place that does not exist', () => {
    const last = { batch: MAX_BATCH_ID, leaf: MAX_BATCH_MESSAGES - 1, value: MAX_VALUES - 1 };
    expect(readingId(last)).to.equal(2n ** 63n - 1n);
    for (const where of [
      { ...last, batch: MAX_BATCH_ID + 1n },
      { ...last, batch: -1n },
      { ...last, leaf: MAX_BATCH_MESSAGES },
      { ...last, leaf: -1 },
      { ...last, leaf: 0.5 },
      { ...last, value: MAX_VALUES },
      { ...last, value: Number.NaN },
    ]) {
      expect(() => readingId(where)).to.throw(RangeError);
    }
  });
});
