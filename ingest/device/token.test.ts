import { expect } from 'chai';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';

import { deviceTokenClaimsSchema } from '../../chaincode/protocol/device-token.ts';
import { createDeviceToken } from './token.ts';

const NOW = 1_700_000_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const REQUEST = { device: 'press-07', privateKey, now: NOW };

describe('device token', () => {
  it('names the device, and this body alone', async () => {
    const body = Buffer.from('{"seq":1}');
    const token = await createDeviceToken({ ...REQUEST, body });
    const { payload } = await jwtVerify(token, createPublicKey(publicKey), {
      algorithms: ['ES256'],
      currentDate: new Date(NOW),
    });
    const claims = deviceTokenClaimsSchema.parse(payload);
    expect(claims).to.include({ iss: 'press-07', sub: 'press-07', iat: NOW / 1000 });
    expect(claims.digest).to.equal(createHash('sha256').update(body).digest('base64url'));
  });

  it('is never twice the same, and names no body where there is none', async () => {
    const claims = await Promise.all([1, 2].map(async () => decodeJwt(await createDeviceToken(REQUEST))));
    expect(claims[0]!.jti).not.to.equal(claims[1]!.jti);
    expect(claims[0]).not.to.have.property('digest');
  });

  it('is over after a minute', async () => {
    const check = jwtVerify(await createDeviceToken(REQUEST), createPublicKey(publicKey), {
      currentDate: new Date(NOW + 61_000),
    });
    expect(await check.catch((error: unknown) => error)).to.be.instanceOf(errors.JWTExpired);
  });
});
