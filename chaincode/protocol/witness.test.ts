import { expect } from 'chai';
import fc from 'fast-check';

import { decodeWitness, encodeWitness } from './witness.ts';

const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

describe('the witness copy', () => {
  it('gives back the messages of its batch', () => {
    fc.assert(
      fc.property(messages, (batch) => {
        expect(decodeWitness(encodeWitness(batch))).to.deep.equal(batch);
      }),
    );
  });

  it('is another for another batch', () => {
    const small = fc.array(fc.uint8Array({ max: 1, maxLength: 3 }), { maxLength: 3 });
    const text = (batch: Uint8Array[]): string => JSON.stringify(batch.map((message) => [...message]));
    fc.assert(
      fc.property(small, small, (left, right) => {
        const same = Buffer.from(encodeWitness(left)).equals(encodeWitness(right));
        expect(same).to.equal(text(left) === text(right));
      }),
      { numRuns: 1000 },
    );
  });

  it('that was cut or whose lengths lie is refused', () => {
    const bytes = encodeWitness([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    for (let length = 1; length < bytes.length; length += 1) {
      // Cut behind the first message, it is the copy of a smaller batch: its root tells that.
      if (length === 7) continue;
      expect(() => decodeWitness(bytes.slice(0, length)), String(length)).to.throw(RangeError);
    }
    expect(() => decodeWitness(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1))).to.throw(RangeError);
  });
});
