import { createHash, generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { readPublicKey } from './public-key.ts';

function pair(namedCurve = 'P-256') {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  };
}

async function errorOf(text: string): Promise<string | undefined> {
  const reading = await readPublicKey(text);
  return 'error' in reading ? reading.error : undefined;
}

describe('a public key that somebody pastes', () => {
  it('is read with its fingerprint, whatever blanks stand around it', async () => {
    const { pem, fingerprint } = pair();
    for (const text of [pem, `  \n${pem}\n\n`, pem.trimEnd(), pem.replaceAll('\n', '\r\n')]) {
      const reading = await readPublicKey(text);
      expect(reading).to.include({ fingerprint });
    }
  });

  it('may not be a private key, and this is said in so many words', async () => {
    expect(await errorOf(pair().privatePem)).to.contain('never leave the device');
  });

  it('has to be on the right curve, and a key at all', async () => {
    expect(await errorOf(pair('P-384').pem)).to.contain('P-256');
    const { pem } = pair();
    expect(await errorOf(pem.replace(/[A-Za-z0-9+/]{8}\n/, '\n'))).to.contain('P-256');
    expect(await errorOf('')).to.contain('PEM');
    expect(await errorOf('MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE')).to.contain('PEM');
  });
});
