import { expect } from 'chai';
import { generateKeyPairSync, sign, verify } from 'node:crypto';

import { fabricSignature } from './signature.ts';

/** Of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function parts(der: Uint8Array): bigint[] {
  const integers: bigint[] = [];
  for (let at = 2; at < der.length; at += 2 + (der[at + 1] ?? 0))
    integers.push(BigInt(`0x${Buffer.from(der.slice(at + 2, at + 2 + (der[at + 1] ?? 0))).toString('hex')}`));
  return integers;
}

describe('a signature for Fabric', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  it('is the same signature in DER, with the lower s', () => {
    const seen = { low: 0, high: 0 };
    for (let round = 0; round < 200; round += 1) {
      const text = Buffer.from(`text ${round}`);
      const raw = sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const der = fabricSignature(raw);
      const [r = 0n, s = 0n, ...rest] = parts(der);
      expect(rest).to.deep.equal([]);
      expect(s <= ORDER / 2n).to.equal(true);
      expect(r).to.equal(BigInt(`0x${raw.subarray(0, 32).toString('hex')}`));
      const given = BigInt(`0x${raw.subarray(32).toString('hex')}`);
      expect([given, ORDER - given]).to.include(s);
      seen[given === s ? 'low' : 'high'] += 1;
      expect(verify('sha256', text, publicKey, der), `round ${round}`).to.equal(true);
    }
    expect(seen.low).to.be.greaterThan(0);
    expect(seen.high).to.be.greaterThan(0);
  });

  it('is written as short as DER wants it', () => {
    const raw = new Uint8Array(64);
    raw[31] = 0x80;
    raw[63] = 0x01;
    expect([...fabricSignature(raw)]).to.deep.equal([0x30, 7, 0x02, 2, 0x00, 0x80, 0x02, 1, 0x01]);
  });

  it('is of P-256 alone', () => {
    expect(() => fabricSignature(new Uint8Array(96)))
      .to.throw()
      .with.property('code', 'MESSAGE_MALFORMED');
  });
});
