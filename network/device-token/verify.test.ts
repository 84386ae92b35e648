import { expect } from 'chai';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { Device } from '../../chaincode/protocol/device.ts';
import { aDevice } from '../mirror/fake-ledger.fixture.ts';
import { type DeviceTokenCheck, ReplayCache, verifyDeviceToken } from './verify.ts';

const NOW_SECONDS = 1_700_000_000;
const BODY = Buffer.from('{"seq":1,"ts":1700000000000,"values":{"temperature":21.5}}');

interface Keys {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const p256 = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = p256();
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const digestOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');

function claims(changes: JWTPayload = {}): JWTPayload {
  return {
    iss: 'press-07',
    sub: 'press-07',
    aud: 'biot-gateway',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
    jti: randomUUID(),
    ...changes,
  };
}

function without(claim: string): JWTPayload {
  return Object.fromEntries(Object.entries(claims()).filter(([name]) => name !== claim));
}

function sign(
  payload: JWTPayload = claims(),
  key: KeyObject = keys.privateKey,
  alg = 'ES256',
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key);
}

describe('device token', () => {
  let device: Device | undefined;
  let fresh: boolean;
  let replay: ReplayCache;

  beforeEach(() => {
    device = aDevice('press-07', { publicKey: pem(keys.publicKey) });
    fresh = true;
    replay = new ReplayCache({ since: 0 });
  });

  type Changes = Partial<Pick<DeviceTokenCheck, 'body'>> & { replay?: undefined };

  function verify(token: string, changes: Changes = {}): Promise<Device> {
    const mirror = {
      device: (id: string) => (device?.id === id ? device : undefined),
      freshness: () => ({ fresh, silentMs: 0, height: 1 }),
    };
    const remembered = 'replay' in changes ? {} : { replay };
    const { body } = changes;
    const check = { token, mirror, clock: () => NOW_SECONDS * 1000, ...remembered };
    return verifyDeviceToken(body === undefined ? check : { ...check, body });
  }

  async function refused(token: string | Promise<string>, changes?: Changes): Promise<string> {
    const error: unknown = await verify(await token, changes).then(
      () => new Error('it was taken'),
      (caught: unknown) => caught,
    );
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }

  it('gives the device that signed it', async () => {
    expect(await verify(await sign())).to.equal(device);
  });

  it('may be used once', async () => {
    const token = await sign();
    await verify(token);
    expect(await refused(token)).to.equal('TOKEN_INVALID');
  });

  it('is not used up by an attempt that failed for another reason', async () => {
    const token = await sign(claims({ digest: digestOf(BODY) }));
    await refused(token, { body: Buffer.from('something else') });
    await verify(token, { body: BODY });
  });

  it('may be used again where repetition is recognised otherwise', async () => {
    const token = await sign();
    await verify(token, { replay: undefined });
    await verify(token, { replay: undefined });
  });

  describe('and a body', () => {
    it('is for that body', async () => {
      await verify(await sign(claims({ digest: digestOf(BODY) })), { body: BODY });
    });

    it('is for no other body', async () => {
      const other = Buffer.from(BODY.toString().replace('21.5', '99.5'));
      expect(await refused(sign(claims({ digest: digestOf(BODY) })), { body: other })).to.equal(
        'TOKEN_INVALID',
      );
    });

    it('is for none at all when it names none, not even an empty one', async () => {
      expect(await refused(sign(), { body: BODY })).to.equal('TOKEN_INVALID');
      expect(await refused(sign(), { body: new Uint8Array() })).to.equal('TOKEN_INVALID');
    });

    it('must name it in full', async () => {
      const digest = digestOf(BODY).slice(0, -1);
      expect(await refused(sign(claims({ digest })), { body: BODY })).to.equal('TOKEN_INVALID');
    });
  });

  describe('is not believed', () => {
    const wrong: Record<string, () => string | Promise<string>> = {
      'when it is no token': () => 'press-07',
      'when it is empty': () => '',
      'when it is signed with another key': () => sign(claims(), p256().privateKey),
      'when it is not signed': () => new UnsecuredJWT(claims()).encode(),
      'when a public key was used as a shared secret': () =>
        new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(pem(keys.publicKey))),
      'when it is for another service': () => sign(claims({ aud: 'another' })),
      'when it is for several services': () => sign(claims({ aud: ['biot-gateway', 'another'] })),
      'when its subject is another device': () => sign(claims({ sub: 'press-08' })),
      'when its issuer is no name of a device': () =>
        sign(claims({ iss: '../press-07', sub: '../press-07' })),
      'when it has no id': () => sign(without('jti')),
      'when its id is endless': () => sign(claims({ jti: 'x'.repeat(65) })),
      'when it has no end': () => sign(without('exp')),
      'when it does not say since when': () => sign(without('iat')),
      'when it is for more than five minutes': () => sign(claims({ exp: NOW_SECONDS + 301 })),
      'when it was issued in the future': () =>
        sign(claims({ iat: NOW_SECONDS + 11, exp: NOW_SECONDS + 60 })),
      'when it is not valid yet': () => sign(claims({ nbf: NOW_SECONDS + 60 })),
      'when it is far too long': () => sign(claims({ padding: 'x'.repeat(3_000) })),
    };
    for (const [when, make] of Object.entries(wrong)) {
      it(when, async () => {
        expect(await refused(make())).to.equal('TOKEN_INVALID');
      });
    }

    it('when its content was changed after it was signed', async () => {
      const [header = '', payload = '', signature = ''] = (await sign()).split('.');
      const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const changed = { ...content, exp: NOW_SECONDS + 200 };
      const forged = Buffer.from(JSON.stringify(changed)).toString('base64url');
      expect(await refused([header, forged, signature].join('.'))).to.equal('TOKEN_INVALID');
    });
  });

  it('is not taken after its end, give or take what clocks differ by', async () => {
    const ended = (ago: number): Promise<string> =>
      sign(claims({ iat: NOW_SECONDS - 100, exp: NOW_SECONDS - ago }));
    await verify(await ended(9));
    expect(await refused(ended(10))).to.equal('TOKEN_EXPIRED');
  });

  it('does not help a device that the ledger does not know', async () => {
    device = undefined;
    expect(await refused(sign())).to.equal('TOKEN_INVALID');
  });

  for (const status of ['registered', 'suspended', 'revoked'] as const) {
    it(`does not help a device that is ${status}`, async () => {
      device = aDevice('press-07', { publicKey: pem(keys.publicKey), status });
      expect(await refused(sign())).to.equal('DEVICE_NOT_ACTIVE');
    });
  }

  it('tells the state of a device only to who has its key', async () => {
    device = aDevice('press-07', { publicKey: pem(keys.publicKey), status: 'revoked' });
    expect(await refused(sign(claims(), p256().privateKey))).to.equal('TOKEN_INVALID');
  });

  it('is checked with the key that the device has now', async () => {
    await verify(await sign());
    const renewed = p256();
    device = aDevice('press-07', { publicKey: pem(renewed.publicKey), transaction: 'f'.repeat(64) });
    expect(await refused(sign())).to.equal('TOKEN_INVALID');
    await verify(await sign(claims(), renewed.privateKey));
  });

  it('is not decided about while nothing is known of the ledger', async () => {
    fresh = false;
    expect(await refused(sign())).to.equal('LEDGER_STALE');
  });

  it('is refused when it cannot be remembered', async () => {
    replay = new ReplayCache({ since: 0, perDevice: 1 });
    await verify(await sign());
    expect(await refused(sign())).to.equal('RATE_LIMITED');
  });

  it('is refused when it is from before the memory of used ones began, where uses are remembered', async () => {
    const used = await sign();
    await verify(used);
    replay = new ReplayCache({ since: (NOW_SECONDS + 1) * 1000 });
    expect(await refused(used)).to.equal('TOKEN_EXPIRED');
    await verify(used, { replay: undefined });
    replay = new ReplayCache({ since: NOW_SECONDS * 1000 + 999 });
    await verify(await sign());
  });

  describe('when the key was replaced', () => {
    const next = p256();
    const replacedUntil = (seconds: number): Device =>
      aDevice('press-07', {
        publicKey: pem(next.publicKey),
        previousKey: {
          publicKey: pem(keys.publicKey),
          keyFingerprint: '0'.repeat(64),
          until: new Date(seconds * 1000).toISOString(),
        },
      });

    it('takes both keys while they overlap', async () => {
      device = replacedUntil(NOW_SECONDS + 1);
      expect((await verify(await sign())).id).to.equal('press-07');
      expect((await verify(await sign(claims(), next.privateKey))).id).to.equal('press-07');
      expect(await refused(sign(claims(), p256().privateKey))).to.equal('TOKEN_INVALID');
    });

    it('takes the new one alone from the instant on at which the overlap ends', async () => {
      device = replacedUntil(NOW_SECONDS);
      expect(await refused(sign())).to.equal('TOKEN_INVALID');
      expect((await verify(await sign(claims(), next.privateKey))).id).to.equal('press-07');
    });

    it('finds a token expired by either key', async () => {
      device = replacedUntil(NOW_SECONDS + 1);
      const old = { iat: NOW_SECONDS - 600, exp: NOW_SECONDS - 540 };
      expect(await refused(sign(claims(old)))).to.equal('TOKEN_EXPIRED');
    });
  });
});
