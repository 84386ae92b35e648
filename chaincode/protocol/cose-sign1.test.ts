import { generateKeyPairSync, sign, verify } from 'node:crypto';

import { decode, encode } from 'cborg';
import { expect } from 'chai';
import fc from 'fast-check';

import { bytesToSign, decodeSign1, encodeSign1 } from './cose-sign1.ts';
import { BiotError } from './errors.ts';

const ES256 = Buffer.from('a10126', 'hex');
const kid = (id: string): Map<number, Uint8Array> => new Map([[4, Buffer.from(id)]]);
const signature = Buffer.alloc(64, 7);
const whole = [ES256, kid('press-07'), Buffer.from('payload'), signature];

/** The same array with one of its elements replaced. */
function withElement(index: number, element: unknown): Uint8Array {
  return encode(whole.map((each, at) => (at === index ? element : each)));
}

describe('COSE_Sign1', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (payload, bytes) => {
          const decoded = decodeSign1(encodeSign1({ device: 'press-07', payload, signature: bytes }));
          expect(decoded.device).to.equal('press-07');
          expect(Buffer.from(decoded.payload).equals(payload)).to.equal(true);
          expect(Buffer.from(decoded.signature).equals(bytes)).to.equal(true);
        },
      ),
    );
  });

  it('has the bytes of RFC 9052: tag 18, an array of four', () => {
    const bytes = Buffer.from(encodeSign1({ device: 'ab', payload: Buffer.from('x'), signature }));
    expect(bytes.subarray(0, 13).toString('hex')).to.equal('d28443a10126a1044261624178');
    expect(bytes.subarray(13, 15).toString('hex')).to.equal('5840');
  });

  it('signs the structure of RFC 9052 section 4.4, with what the payload is for', () => {
    expect(decode(bytesToSign('telemetry', Buffer.from('x')))).to.deep.equal([
      'Signature1',
      new Uint8Array(ES256),
      new Uint8Array(Buffer.from('biot.telemetry.1')),
      new Uint8Array(Buffer.from('x')),
    ]);
  });

  it('holds for the payload that was signed, and for no other', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = sign('sha256', bytesToSign('telemetry', Buffer.from('21.5')), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    const holds = (payload: string): boolean =>
      verify(
        'sha256',
        bytesToSign('telemetry', Buffer.from(payload)),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        signed,
      );
    expect([holds('21.5'), holds('21.6')]).to.deep.equal([true, false]);
  });

  it('may come without its tag', () => {
    expect(decodeSign1(encode(whole)).device).to.equal('press-07');
  });

  const refused: [string, Uint8Array][] = [
    ['nothing', Buffer.alloc(0)],
    ['a tag alone', Buffer.from('d2', 'hex')],
    ['JSON', Buffer.from('{"seq":1}')],
    ['an array of three', encode(whole.slice(0, 3))],
    ['an array of five', encode([...whole, 1])],
    ['another algorithm', withElement(0, Buffer.from('a10127', 'hex'))],
    ['no algorithm', withElement(0, Buffer.alloc(0))],
    ['no key id', withElement(1, new Map())],
    ['a key id that is no device id', withElement(1, kid('../press'))],
    ['a key id that is no UTF-8', withElement(1, new Map([[4, Buffer.from('ff', 'hex')]]))],
    ['further headers', withElement(1, new Map([...kid('press-07'), [5, Buffer.alloc(8)]]))],
    ['a payload that is elsewhere', withElement(2, null)],
    ['a short signature', withElement(3, Buffer.alloc(63))],
    ['a signature in DER', withElement(3, Buffer.alloc(71))],
  ];
  for (const [what, bytes] of refused) {
    it(`is not ${what}`, () => {
      expect(() => decodeSign1(bytes))
        .to.throw(BiotError)
        .with.property('code', 'MESSAGE_MALFORMED');
    });
  }

  it('is any bytes, or refused, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeSign1(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(BiotError);
        }
      }),
    );
  });
});
