import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { expect } from 'chai';

import { newVendor } from '../testing/firmware.ts';
import { checkVendorKey, keyRing } from './vendor-key.ts';

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function refusal(text: string): unknown {
  try {
    checkVendorKey(text);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return undefined;
}

describe('vendors’ keys', () => {
  it('have the hash of their DER for an id, in whatever lines they are written', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const expected = { id: createHash('sha256').update(der).digest('hex'), publicKey: pem(publicKey) };
    expect(checkVendorKey(pem(publicKey))).to.deep.equal(expected);
    expect(checkVendorKey(pem(publicKey).replaceAll('\n', '\r\n'))).to.deep.equal(expected);
    expect([...keyRing([pem(publicKey)])]).to.deep.equal([[expected.id, expected.publicKey]]);
  });

  it('are Ed25519 keys in their one form, and nothing else', () => {
    const key = newVendor().publicKey;
    const [, base64 = ''] = key.split('\n');
    for (const [what, wrong] of Object.entries({
      nothing: '',
      'no PEM': base64,
      'a key on P-256': pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
      'a key for X25519': pem(generateKeyPairSync('x25519').publicKey),
      'a private key': key.replaceAll('PUBLIC', 'PRIVATE'),
      'one key behind another': key + key,
      'bits behind the last byte': key.replace(/.=\n/, 'B=\n'),
      'an end that is missing': key.replace(/....=\n/, '=\n'),
    }))
      expect(refusal(wrong), what).to.equal('KEY_INVALID');
  });
});
