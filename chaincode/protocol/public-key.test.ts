import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError } from './errors.ts';
import { checkPublicKey, checkPublicKeyDer } from './public-key.ts';

const PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
}

function derOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function refuses(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect(error).to.be.instanceOf(BiotError).and.include({ code: 'KEY_INVALID' });
    return true;
  }
}

function opensslRefuses(der: Uint8Array): boolean {
  try {
    createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
    return false;
  } catch {
    return true;
  }
}

function coordinate(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
}

describe('the check of public keys', () => {
  it('gives OpenSSL’s PEM and the fingerprint, of PEM and of DER alike', () => {
    for (const key of Array.from({ length: 50 }, newKey)) {
      const publicKey = key.export({ type: 'spki', format: 'pem' }).toString();
      const keyFingerprint = createHash('sha256').update(derOf(key)).digest('hex');
      const spellings = [publicKey, publicKey.trimEnd(), publicKey.replaceAll('\n', '\r\n')];
      for (const pem of spellings) expect(checkPublicKey(pem)).to.deep.equal({ publicKey, keyFingerprint });
      expect(checkPublicKeyDer(derOf(key).toString('base64'))).to.deep.equal({ publicKey, keyFingerprint });
    }
  });

  it('refuses, as OpenSSL does, every key with a bit that is another', () => {
    const der = derOf(newKey());
    fc.assert(
      fc.property(fc.integer({ min: PREFIX.length * 8, max: der.length * 8 - 1 }), (bit) => {
        const changed = Uint8Array.from(der);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(refuses(() => checkPublicKeyDer(Buffer.from(changed).toString('base64')))).to.equal(
          opensslRefuses(changed),
        );
      }),
    );
  });

  it('refuses coordinates that are no residues: one point has one key', () => {
    // The curve's two points with x = 0: y² = b.
    const y = 0x66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4n;
    const point = (left: bigint, right: bigint): string =>
      Buffer.concat([PREFIX, coordinate(left), coordinate(right)]).toString('base64');
    expect(refuses(() => checkPublicKeyDer(point(0n, y)))).to.equal(false);
    expect(refuses(() => checkPublicKeyDer(point(0n, P - y)))).to.equal(false);
    expect(refuses(() => checkPublicKeyDer(point(P, y)))).to.equal(true);
    expect(refuses(() => checkPublicKeyDer(point(0n, 0n)))).to.equal(true);
  });

  it('refuses base64 that is not canonical, or not base64', () => {
    const base64 = derOf(newKey()).toString('base64');
    for (const text of [
      '',
      ' ',
      base64.slice(1),
      `${base64}AAAA`,
      `${base64}=`,
      ` ${base64}`,
      `${base64}\n`,
      base64.replace(/./, '!'),
      base64.replace(/.==$/, (end) => `${end === 'B==' ? 'C' : 'B'}==`),
      'A'.repeat(1_000_000),
    ])
      expect(
        refuses(() => checkPublicKeyDer(text)),
        text.slice(0, 200),
      ).to.equal(true);
  });
});
