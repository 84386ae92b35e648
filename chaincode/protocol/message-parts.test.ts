import { encode } from 'cborg';
import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError } from './errors.ts';
import type { Message } from './message.ts';
import { decodeMessage } from './message-decoding.ts';
import { messageParts } from './message-parts.ts';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const good = (seq: number): Message => ({ seq, ts: 1_700_000_000_000, values: { temperature: 21.5 } });

function codeOf(payload: Uint8Array): string {
  try {
    messageParts(payload);
    return 'none';
  } catch (error) {
    return error instanceof BiotError ? error.code : String(error);
  }
}

describe('messages that come together', () => {
  it('are taken apart, whether JSON or CBOR', () => {
    const messages = [good(1), good(2), good(3)];
    for (const payload of [json(messages), encode(messages)])
      expect(messageParts(payload).map(decodeMessage)).to.deep.equal(messages);
  });

  it('are what they were, whatever they measured', () => {
    const message = fc.record({
      seq: fc.integer({ min: 1, max: 2 ** 48 }),
      ts: fc.integer({ min: 0, max: 2 ** 45 }),
      values: fc.record({
        temperature: fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter((value) => !Object.is(value, -0)),
      }),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) => {
        for (const payload of [json(messages), encode(messages)])
          expect(messageParts(payload).map(decodeMessage)).to.deep.equal(messages);
      }),
    );
  });

  it('leave a single one as it is, byte for byte', () => {
    for (const payload of [json(good(1)), encode(good(1)), Buffer.from('rubbish'), Buffer.alloc(0)])
      expect(messageParts(payload)).to.deep.equal([payload]);
  });

  it('do not keep the others back when one is wrong', () => {
    const parts = messageParts(json([good(1), { seq: 2, ts: 1, values: { telepathy: 1 } }, 7, good(4)]));
    expect(parts).to.have.length(4);
    expect([parts[0], parts[3]].map((part) => decodeMessage(part!).seq)).to.deep.equal([1, 4]);
    expect(() => decodeMessage(parts[1]!)).to.throw(/telepathy/);
    expect(() => decodeMessage(parts[2]!)).to.throw(BiotError);
  });

  const refused: [string, Uint8Array, string][] = [
    ['none at all', json([]), 'MESSAGE_MALFORMED'],
    ['half an array', Buffer.from('[{"seq":1'), 'MESSAGE_MALFORMED'],
    [
      'a key that comes twice',
      Buffer.from('[{"seq":1,"seq":2,"ts":1,"values":{"temperature":1}}]'),
      'MESSAGE_MALFORMED',
    ],
    ['a key that comes twice in CBOR', Buffer.from('81a2617301617302', 'hex'), 'MESSAGE_MALFORMED'],
    ['a CBOR array without an end', Buffer.from('9fff', 'hex'), 'MESSAGE_MALFORMED'],
    ['NaN', Buffer.from('[NaN]'), 'MESSAGE_MALFORMED'],
    ['bad UTF-8', Buffer.from('5b22ff225d', 'hex'), 'MESSAGE_MALFORMED'],
    ['a thousand brackets', Buffer.from('['.repeat(1_000)), 'MESSAGE_MALFORMED'],
    [
      'more than 8 KiB',
      json(Array.from({ length: 200 }, (_, index) => good(index + 1))),
      'MESSAGE_TOO_LARGE',
    ],
  ];
  for (const [what, payload, code] of refused) {
    it(`are refused as ${code}: ${what}`, () => {
      expect(codeOf(payload)).to.equal(code);
    });
  }
});
