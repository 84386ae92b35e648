import { generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { newSecret, openSecret, sealSecret, secretBytes } from './secrets.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

describe('secrets of webhooks', () => {
  it('have 32 random bytes, and come out of what was sealed for their channel', () => {
    const secret = newSecret();
    expect(secretBytes(secret)).to.have.length(32);
    expect(newSecret()).not.to.equal(secret);
    expect(openSecret(privateKey, 'one', sealSecret(publicKey, 'one', secret))).to.equal(secret);
  });

  it('do not open in another channel’s row, nor when a bit was changed', () => {
    const sealed = sealSecret(publicKey, 'one', newSecret());
    expect(() => openSecret(privateKey, 'two', sealed)).to.throw(/does not open/);
    sealed[7]! ^= 1;
    expect(() => openSecret(privateKey, 'one', sealed)).to.throw(/does not open/);
  });
});
