import { expect } from 'chai';
import fc from 'fast-check';

import { BlockAssembly, type BlockOutcome, MAX_REQUEST_BYTES } from './block1.ts';

const bytes = (length: number): Uint8Array => Buffer.alloc(length, 7);

describe('a request in blocks', () => {
  let now: number;
  let assembly: BlockAssembly;
  beforeEach(() => {
    now = 0;
    assembly = new BlockAssembly(() => now);
  });

  function sendAll(whole: Uint8Array, size: number, key = 'a'): BlockOutcome {
    const count = Math.max(1, Math.ceil(whole.length / size));
    let outcome: BlockOutcome = { answer: '5.00' };
    for (let number = 0; number < count; number += 1) {
      const block = { number, more: number < count - 1, size };
      outcome = assembly.take(key, block, whole.subarray(number * size, (number + 1) * size));
    }
    return outcome;
  }

  it('is put together as it was, whatever the size of its blocks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.constantFrom(16, 64, 1024), (whole, size) => {
        const outcome = sendAll(whole, size);
        expect('whole' in outcome && Buffer.from(outcome.whole).equals(whole)).to.equal(true);
      }),
    );
  });

  it('is acknowledged block by block', () => {
    expect(assembly.take('a', { number: 0, more: true, size: 16 }, bytes(16))).to.deep.equal({
      answer: '2.31',
    });
  });

  it('is not mixed with that of somebody else', () => {
    assembly.take('a', { number: 0, more: true, size: 16 }, bytes(16));
    expect(assembly.take('b', { number: 1, more: false, size: 16 }, bytes(1))).to.deep.equal({
      answer: '4.08',
    });
  });

  it('has to begin again when a block is missing, or comes too late', () => {
    assembly.take('a', { number: 0, more: true, size: 16 }, bytes(16));
    expect(assembly.take('a', { number: 2, more: false, size: 16 }, bytes(1))).to.deep.equal({
      answer: '4.08',
    });
    assembly.take('a', { number: 0, more: true, size: 16 }, bytes(16));
    now = 60_000;
    expect(assembly.take('a', { number: 1, more: false, size: 16 }, bytes(1))).to.deep.equal({
      answer: '4.08',
    });
  });

  it('makes no room for what is only claimed', () => {
    const last = { number: 1_048_575, more: false, size: 1024 };
    expect(assembly.take('a', last, bytes(1024))).to.deep.equal({ answer: '4.08' });
  });

  it('is refused when a block is not as large as it says', () => {
    expect(assembly.take('a', { number: 0, more: true, size: 16 }, bytes(15))).to.deep.equal({
      answer: '4.00',
    });
    expect(assembly.take('a', { number: 0, more: false, size: 16 }, bytes(17))).to.deep.equal({
      answer: '4.00',
    });
  });

  it('is refused from 64 KiB on', () => {
    expect('whole' in sendAll(bytes(MAX_REQUEST_BYTES), 1024)).to.equal(true);
    expect(sendAll(bytes(MAX_REQUEST_BYTES + 1), 1024)).to.deep.equal({ answer: '4.13' });
  });

  it('is forgotten when too many others are begun', () => {
    for (let index = 0; index < 300; index += 1)
      assembly.take(`sender ${index}`, { number: 0, more: true, size: 16 }, bytes(16));
    expect(assembly.take('sender 0', { number: 1, more: false, size: 16 }, bytes(1))).to.deep.equal({
      answer: '4.08',
    });
    expect(assembly.take('sender 299', { number: 1, more: false, size: 16 }, bytes(1))).to.have.property(
      'whole',
    );
  });
});
