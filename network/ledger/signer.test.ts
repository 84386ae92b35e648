import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';

import { expect } from 'chai';

import { signerFrom, signingWith } from './signer.ts';

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('signing for the ledger', () => {
  it('signs the message that the Gateway SDK hands over unhashed', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { signer, hash } = signingWith(pem(privateKey));
    const message = Buffer.from('a proposal');
    const signature = await signer(hash(message));
    expect(verify('sha256', message, publicKey, signature)).to.equal(true);
  });

  it('passes a signer on', () => {
    const signer = () => Promise.resolve(new Uint8Array());
    expect(signerFrom(signer)).to.equal(signer);
  });

  for (const [what, key] of Object.entries({
    'of P-384': pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
    'of Ed25519': pem(generateKeyPairSync('ed25519').privateKey),
    'of RSA': pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    'that is none': '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
  })) {
    it(`refuses a key ${what}, and does not quote it`, () => {
      expect(() => signerFrom(key))
        .to.throw('not a private key that can sign for Fabric')
        .which.has.property('code', 'KEY_INVALID');
      expect(() => signerFrom(key))
        .to.throw()
        .and.not.have.property('cause');
    });
  }
});
