import { expect } from 'chai';
import { SignJWT } from 'jose';
import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { DEVICE_TOKEN_AUDIENCE } from '../../chaincode/protocol/device-token.ts';
import { signPayload } from '../../ingest/device/signed-payload.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { DEMO_FLEET } from '../../scripts/platform/demo-fleet.ts';
import { type Answer, ask, eventually, runProgram, testHome } from '../harness/instance.ts';
import { makeActiveDevice, makeDevice, type TestDevice, withRegistry } from '../harness/test-device.ts';

const problem = z.looseObject({ code: z.string() });

describe('a device’s own token at the gateway', function () {
  this.timeout(60_000);
  const home = testHome();
  let device: TestDevice;
  let privateKey: string;

  before(async () => {
    device = await makeActiveDevice(home, 'bearer');
    privateKey = privateKeyOf(device);
    await eventually(async () => (await self()).status === 200, 'the gateway to know the device');
  });

  function privateKeyOf({ id }: TestDevice): string {
    return readFileSync(credentialsIn(home.path('devices', id)).keyFile, 'utf8');
  }

  const tokenOf = (more: Partial<Parameters<typeof createDeviceToken>[0]> = {}): Promise<string> =>
    createDeviceToken({ device: device.id, privateKey, now: Date.now(), ...more });

  async function self(token?: string): Promise<Answer> {
    return ask(home, '/api/v1/device/self', { token: token ?? (await tokenOf()) });
  }

  async function refused(token: string, status: number, code: string): Promise<void> {
    const answer = await self(token);
    expect(answer.status).to.equal(status);
    expect(problem.parse(answer.body).code).to.equal(code);
  }

  /** Signed by the device itself, but with claims of its own making. */
  function signed(claims: Record<string, unknown>): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: device.id,
      sub: device.id,
      aud: DEVICE_TOKEN_AUDIENCE,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
    };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(createPrivateKey(privateKey));
  }

  it('is taken when the device is active on the ledger', async () => {
    const answer = await self(await signed({}));
    expect(answer.status).to.equal(200);
    const { device: shown } = z.object({ device: deviceSchema }).parse(answer.body);
    expect(shown).to.include({ id: device.id, status: 'active' });
  });

  it('is taken once, however soon it comes again', async () => {
    const token = await tokenOf();
    const answers = await Promise.all([self(token), self(token)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 401]);
    await refused(token, 401, 'TOKEN_INVALID');
  });

  it('is refused when another key signed it, also the key of another device', async () => {
    const { privateKey: forged } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = forged.export({ type: 'pkcs8', format: 'pem' }).toString();
    await refused(await tokenOf({ privateKey: pem }), 401, 'TOKEN_INVALID');
    await refused(await tokenOf({ device: DEMO_FLEET[0]!.id }), 401, 'TOKEN_INVALID');
  });

  it('is refused unsigned, and signed with the public key as if that were a secret', async () => {
    const [, payload] = (await tokenOf()).split('.');
    const encode = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url');
    await refused(`${encode({ alg: 'none' })}.${payload}.`, 401, 'TOKEN_INVALID');
    const content = `${encode({ alg: 'HS256' })}.${payload}`;
    const hmac = createHmac('sha256', device.publicKey).update(content).digest('base64url');
    await refused(`${content}.${hmac}`, 401, 'TOKEN_INVALID');
  });

  it('is refused when it has expired', async () => {
    await refused(await tokenOf({ now: Date.now() - 600_000 }), 401, 'TOKEN_EXPIRED');
  });

  const wrong: Record<string, () => Record<string, unknown>> = {
    'for another service': () => ({ aud: 'somebody-else' }),
    'about another device': () => ({ sub: DEMO_FLEET[0]!.id }),
    'good for an hour': () => ({ exp: Math.floor(Date.now() / 1000) + 3_600 }),
    'made tomorrow': () => ({ iat: Math.floor(Date.now() / 1000) + 86_400 }),
    'without a number of its own': () => ({ jti: undefined }),
  };
  for (const [what, claims] of Object.entries(wrong)) {
    it(`is refused when it is ${what}`, async () => {
      await refused(await signed(claims()), 401, 'TOKEN_INVALID');
    });
  }

  it('is refused when the ledger does not know the device', async () => {
    const stranger = await makeDevice(home, 'stranger');
    const token = await tokenOf({ device: stranger.id, privateKey: privateKeyOf(stranger) });
    await refused(token, 401, 'TOKEN_INVALID');
  });

  it('is needed by nobody who shows the device’s certificate, as curl does, and signs what it sends or does not', async () => {
    const { certificateFile, keyFile } = credentialsIn(home.path('devices', device.id));
    const curl = async (path: string, ...options: string[]): Promise<string> => {
      const usual = ['-s', '-w', ' %{http_code}', '--cacert', home.path('pki', 'platform-ca', 'cert.pem')];
      const url = `https://127.0.0.1:${home.ports.gateway}/api/v1/device${path}`;
      return (await runProgram('curl', [...usual, ...options, url])).out;
    };
    const certified = ['--cert', certificateFile, '--key', keyFile];
    expect(await curl('/self')).to.include('UNAUTHENTICATED');
    expect(await curl('/self', ...certified))
      .to.include(device.id)
      .and.to.match(/ 200$/);
    const message = JSON.stringify({ seq: 1, ts: Date.now(), values: { temperature: 21.5 } });
    const as = (type: string): string[] => [...certified, '-H', `Content-Type: ${type}`];
    const file = home.path('devices', device.id, 'message');
    writeFileSync(file, signPayload({ device: device.id, privateKey }, 'telemetry', Buffer.from(message)));
    const sent = await curl('/telemetry', ...as('application/cose'), '--data-binary', `@${file}`);
    expect(sent).to.match(/ 202$/);
    await eventually(async () => (await curl('/receipts', ...certified)).includes('[[1,1]]'), 'the receipt');
    const next = JSON.stringify({ seq: 2, ts: Date.now(), values: { temperature: 21.5 } });
    expect(await curl('/telemetry', ...as('application/json'), '-d', next)).to.match(/ 202$/);
    await eventually(async () => (await curl('/receipts', ...certified)).includes('2]]'), 'the receipt');
  });

  it('is refused within a second of the ledger’s decision to suspend the device, and of no other', async () => {
    await withRegistry(home, 'admin@manufacturer', async (registry) => {
      await registry.suspend(device.id, 'stolen');
      await eventually(async () => (await self()).status === 403, 'the suspension', 1_000);
      await refused(await tokenOf(), 403, 'DEVICE_NOT_ACTIVE');
      await registry.activate(device.id, 'found');
      await eventually(async () => (await self()).status === 200, 'the activation', 1_000);
    });
  });
});
