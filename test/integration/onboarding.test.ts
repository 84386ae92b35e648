import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { certificateRequest } from '../../ingest/device/certificate-request.ts';
import { ensureDeviceKey, readDeviceKey } from '../../ingest/device/key.ts';
import { fetchCertificate } from '../../ingest/device/onboarding.ts';
import { GENERIC } from '../../network/initial-types.ts';
import type { Home } from '../../network/home/home.ts';
import { issuerClient } from '../../network/issuing/client.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { failureOf } from '../harness/failure.ts';
import {
  type Answer,
  ask,
  countReadings,
  eventually,
  ownerPool,
  runScript,
  signIn,
  testHome,
} from '../harness/instance.ts';
import { deviceIn, makeActiveDevice, withRegistry, TENANT } from '../harness/test-device.ts';

function message(seq: number): string {
  return JSON.stringify({ seq, ts: Date.now(), values: { temperature: 21.5 } });
}

const newClaimSchema = z.looseObject({ claim: z.looseObject({ id: z.string() }), code: z.string() });
const newVoucherSchema = z.looseObject({ voucher: z.looseObject({ id: z.string() }), code: z.string() });

function codeOf({ body }: Answer): unknown {
  return z.looseObject({ code: z.unknown() }).parse(body).code;
}

describe('onboarding', () => {
  let home: Home;
  let pool: Pool;
  let operator: string;
  let manufacturer: string;
  const suffix = randomBytes(4).toString('hex');
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();

  before(async () => {
    home = testHome();
    pool = ownerPool(home);
    [operator, manufacturer] = await Promise.all([
      signIn(home, 'admin@operator'),
      signIn(home, 'admin@manufacturer'),
    ]);
  });
  after(() => pool.end());

  const post = (path: string, body: object, token?: string): Promise<Answer> =>
    ask(home, `/api/v1${path}`, { method: 'POST', body, ...(token === undefined ? {} : { token }) });
  const claim = async (id: string, fields: object = {}) => {
    const device = { id, tenant: TENANT, type: GENERIC };
    const answer = await post('/claims', { device, expiresAt, ...fields }, operator);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return newClaimSchema.parse(answer.body);
  };
  /** A request of a new key, kept in a folder that belongs to no device. */
  const strange = (name?: string): string =>
    certificateRequest(
      ensureDeviceKey(home.path('data', `stranger-${randomBytes(4).toString('hex')}`)),
      name,
    );

  it('a claim code makes a stranger’s machine a device whose first message is receipted', async () => {
    const id = `claimed-${suffix}`;
    const { code } = await claim(id);
    const ran = await runScript('onboard', '--code', code.toLowerCase().replaceAll('-', ' '));
    expect(ran.code, ran.error).to.equal(0);
    expect(ran.error).to.contain('mosquitto_pub');
    const device = deviceIn(home, id);
    const first = message(1);
    await eventually(async () => {
      // Ingest hears of the device by a peer, perhaps after the device sends: it sends the same again.
      const published = await device.publish(first);
      expect(published.code, published.error).to.equal(0);
      return (await countReadings(pool, id)).readings > 0;
    }, 'the first message');
    expect((await countReadings(pool, id)).readings).to.equal(1);
    expect((await device.request(message(2))).committed.at(-1)?.[1]).to.equal(2);
  });

  it('the code is worth nothing afterwards, but to the key that redeemed it', async () => {
    const id = `once-${suffix}`;
    const { code } = await claim(id);
    expect((await runScript('onboard', '--code', code)).code).to.equal(0);
    const repeated = await runScript('onboard', '--code', code);
    expect(repeated.code, repeated.error).to.equal(0);
    expect(repeated.error).to.contain('was onboarded here before');
    const again = await post('/onboarding/claims', { code, request: strange() });
    expect([again.status, codeOf(again)]).to.deep.equal([409, 'CODE_REDEEMED']);
    const request = certificateRequest(readDeviceKey(home.path('devices', id)));
    expect((await post('/onboarding/claims', { code, request })).status).to.equal(201);
  });

  it('of two who redeem a code at the same moment one becomes the device', async () => {
    const id = `raced-${suffix}`;
    const { code } = await claim(id);
    const answers = await Promise.all(
      [strange(), strange()].map((request) => post('/onboarding/claims', { code, request })),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409]);
  });

  it('codes that are withdrawn, expired or nobody’s make no device', async () => {
    const withdrawn = await claim(`withdrawn-${suffix}`);
    expect(
      (await post(`/claims/${withdrawn.claim.id}/withdraw`, { reason: 'lost' }, operator)).status,
    ).to.equal(200);
    const gone = await post('/onboarding/claims', { code: withdrawn.code, request: strange() });
    expect(codeOf(gone)).to.equal('CODE_WITHDRAWN');
    const soon = new Date(Date.now() + 8_000).toISOString();
    const short = await claim(`expired-${suffix}`, { expiresAt: soon });
    await eventually(() => Date.now() > Date.parse(soon), 'the claim to expire');
    expect(codeOf(await post('/onboarding/claims', { code: short.code, request: strange() }))).to.equal(
      'CODE_EXPIRED',
    );
    const nobodys = '0000-0000-0000-0000-0000-0000-00VM';
    expect(codeOf(await post('/onboarding/claims', { code: nobodys, request: strange() }))).to.equal(
      'NOT_FOUND',
    );
  });

  it('a voucher hands keys from factory to operator, and each device asks for its certificate', async () => {
    const ids = [`made-${suffix}-1`, `made-${suffix}-2`];
    const devices = ids.map((id) => {
      const { publicKey } = ensureDeviceKey(home.path('devices', id));
      return { id, tenant: 'factory', type: GENERIC, publicKey };
    });
    expect((await post('/devices', { devices }, manufacturer)).status).to.equal(201);
    const made = newVoucherSchema.parse(
      (await post('/vouchers', { devices: ids, expiresAt }, manufacturer)).body,
    );
    const own = await post('/vouchers/redeem', { code: made.code, tenant: TENANT }, manufacturer);
    expect(codeOf(own)).to.equal('FORBIDDEN');
    const early = await runScript('onboard', '--device', ids[0] ?? '');
    expect(early.error).to.contain('DEVICE_NOT_ACTIVE');
    const redeemed = await post('/vouchers/redeem', { code: made.code, tenant: TENANT }, operator);
    expect(redeemed.status, JSON.stringify(redeemed.body)).to.equal(200);
    for (const id of ids) {
      const ran = await runScript('onboard', '--device', id);
      expect(ran.code, ran.error).to.equal(0);
      const device = deviceIn(home, id);
      expect((await device.request(message(1))).committed).to.deep.equal([[1, 1]]);
      const published = await device.publish(message(2));
      expect(published.code, published.error).to.equal(0);
    }
    await eventually(async () => (await countReadings(pool, ids[1] ?? '')).readings === 2, 'both messages');
    expect(codeOf(await post('/vouchers/redeem', { code: made.code, tenant: TENANT }, operator))).to.equal(
      'CODE_REDEEMED',
    );
  });

  it('a voucher whose device was revoked meanwhile names it and hands over nothing', async () => {
    const ids = [`bad-${suffix}-1`, `bad-${suffix}-2`];
    const devices = ids.map((id) => {
      const { publicKey } = ensureDeviceKey(home.path('devices', id));
      return { id, tenant: 'factory', type: GENERIC, publicKey };
    });
    await post('/devices', { devices }, manufacturer);
    const made = newVoucherSchema.parse(
      (await post('/vouchers', { devices: ids, expiresAt }, manufacturer)).body,
    );
    await post(`/devices/${ids[0] ?? ''}/revoke`, { reason: 'broken' }, manufacturer);
    const refused = await post('/vouchers/redeem', { code: made.code, tenant: TENANT }, operator);
    expect(codeOf(refused)).to.equal('TRANSITION_ILLEGAL');
    expect(JSON.stringify(refused.body)).to.contain(`${ids[0] ?? ''} is revoked`);
    await withRegistry(home, 'admin@operator', async (registry) => {
      expect((await registry.get(ids[1] ?? '')).org).to.equal('ManufacturerMSP');
    });
  });

  describe('the guard, asked by a stolen gateway', () => {
    const asked = async (folder: string, device: string, request: string): Promise<unknown> => {
      const { certificateFile, keyFile } = credentialsIn(home.path('pki', folder));
      const client = issuerClient({
        port: home.ports.issuer,
        authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
        certificate: readFileSync(certificateFile, 'utf8'),
        key: readFileSync(keyFile, 'utf8'),
      });
      return client
        .issue({ device, request })
        .catch((error: unknown) => (error instanceof BiotError ? error.code : error));
    };

    it('certifies no key that is not on the ledger, and no device that is suspended', async () => {
      const { id } = await makeActiveDevice(home, 'guarded');
      const own = certificateRequest(readDeviceKey(home.path('devices', id)), id);
      // The guard follows a peer of its own, which has a block a moment later.
      await eventually(
        async () => String(await asked('gateway-mqtt', id, own)).includes('BEGIN CERTIFICATE'),
        'the guard to know the device',
      );
      expect(await asked('gateway-mqtt', id, strange(id))).to.equal('KEY_INVALID');
      expect(await asked('gateway-mqtt', `nobody-${suffix}`, strange())).to.equal('DEVICE_UNKNOWN');
      expect(await asked('ingest-1', id, own)).to.equal('FORBIDDEN');
      await withRegistry(home, 'admin@manufacturer', (registry) => registry.suspend(id, 'a test'));
      await eventually(
        async () => (await asked('gateway-mqtt', id, own)) === 'DEVICE_NOT_ACTIVE',
        'the guard to refuse a suspended device',
      );
      const gateway = {
        url: `https://127.0.0.1:${home.ports.gateway}`,
        authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
      };
      const refused = failureOf(fetchCertificate(id, { folder: home.path('devices', id), gateway }));
      expect(await refused).to.include({ code: 'DEVICE_NOT_ACTIVE' });
    });
  });
});
