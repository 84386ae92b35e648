import { expect } from 'chai';
import fc from 'fast-check';

import { byLot, lotOf } from './device-lot.ts';
import { deviceIdSchema } from './identifiers.ts';

const id = fc
  .stringMatching(/^[a-b0-1](?:[a-b0-1.-]{0,3}[a-b0-1])?$/)
  .filter((text) => deviceIdSchema.safeParse(text).success);

/** What the ledger compares: parts of a composite key end with U+0000. */
function keyOf(text: string): Buffer {
  return Buffer.from(`\u0000device\u0000${lotOf(text)}\u0000${text}\u0000`);
}

describe('lots of devices', () => {
  it('are ids that differ in the last character', () => {
    expect(['press-10', 'press-19', 'press-1a'].map(lotOf)).to.deep.equal(['press-1', 'press-1', 'press-1']);
    expect(['press-2', 'a', 'ab'].map(lotOf)).to.deep.equal(['press-', 'a', 'a']);
  });

  it('are never without a name: no part of a key may be empty', () => {
    fc.assert(fc.property(id, (text) => lotOf(text).length > 0));
  });

  it('are in the order of the keys of the ledger', () => {
    fc.assert(
      fc.property(id, id, (left, right) => {
        expect(Math.sign(byLot(left, right))).to.equal(Math.sign(Buffer.compare(keyOf(left), keyOf(right))));
      }),
    );
  });
});
