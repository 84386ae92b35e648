import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { readCertificateRequest } from '../../network/pki/certificate-request.ts';
import { certificateRequest } from './certificate-request.ts';
import type { DeviceKey } from './key.ts';

function newKey(): DeviceKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('a device’s request for a certificate', () => {
  it('is read by others, with its name and its proof', async () => {
    for (const name of ['press-07', 'a', 'x'.repeat(64)]) {
      const key = newKey();
      const proven = await readCertificateRequest(certificateRequest(key, name));
      expect(proven.commonName).to.equal(name);
      expect(proven.publicKey).to.equal(key.publicKey);
    }
  });

  it('may be without a name', async () => {
    expect((await readCertificateRequest(certificateRequest(newKey()))).commonName).to.equal(undefined);
  });

  it('is worth nothing for a key that is not the signer’s', async () => {
    const { publicKey } = newKey();
    const { privateKey } = newKey();
    expect(
      createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }),
    ).not.to.equal(publicKey);
    const error: unknown = await readCertificateRequest(
      certificateRequest({ privateKey, publicKey }, 'a'),
    ).catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'KEY_INVALID');
  });
});
