import { expect } from 'chai';
import fc from 'fast-check';

import { blockValue, readBlock } from './block.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

describe('the value of a Block option', () => {
  it('is read as RFC 7959 section 2.2 writes it', () => {
    expect(readBlock(hex(''))).to.deep.equal({ number: 0, more: false, size: 16 });
    expect(readBlock(hex('0e'))).to.deep.equal({ number: 0, more: true, size: 1024 });
    expect(readBlock(hex('16'))).to.deep.equal({ number: 1, more: false, size: 1024 });
    expect(readBlock(hex('fffffe'))).to.deep.equal({ number: 1_048_575, more: true, size: 1024 });
  });

  it('is written as it is read', () => {
    const block = fc.record({
      number: fc.nat(0xfffff),
      more: fc.boolean(),
      size: fc.constantFrom(16, 32, 64, 128, 256, 512, 1024),
    });
    fc.assert(
      fc.property(block, (written) => {
        const value = Buffer.alloc(4);
        value.writeUInt32BE(blockValue(written));
        expect(readBlock(value.subarray(1))).to.deep.equal(written);
      }),
    );
  });

  it('is none with the reserved size, or four bytes', () => {
    expect([readBlock(hex('07')), readBlock(hex('00000000'))]).to.deep.equal([undefined, undefined]);
  });
});
