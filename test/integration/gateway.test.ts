import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { WebSocket } from 'ws';
import { z } from 'zod';

import { checkEvidence, evidenceSchema } from '../../chaincode/protocol/evidence.ts';
import { checkpointSchema } from '../../chaincode/protocol/header.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import {
  type Answer,
  ask,
  eventually,
  ownerPool,
  passwordOf,
  signIn,
  testHome,
} from '../harness/instance.ts';
import {
  makeActiveDevice,
  makeDevice,
  TENANT,
  type TestDevice,
  withRegistry,
} from '../harness/test-device.ts';

const problem = z.looseObject({ code: z.string(), status: z.number() });
const readingsPage = z.object({
  readings: z.array(
    z.looseObject({
      id: z.string(),
      seq: z.number(),
      sensor: z.string(),
      ts: z.number(),
      value: z.number(),
      anchor: z.object({ state: z.string() }).nullable(),
    }),
  ),
});
const rangesPage = z.looseObject({ committed: z.array(z.tuple([z.number(), z.number()])) });

function codeOf({ body }: Answer): string {
  return problem.parse(body).code;
}

describe('the gateway on a running platform', function () {
  this.timeout(90_000);
  const home = testHome();
  let pool: Pool;
  let admin: string;
  let auditor: string;
  before(async () => {
    pool = ownerPool(home);
    [admin, auditor] = await Promise.all([
      signIn(home, 'admin@manufacturer'),
      signIn(home, 'auditor@auditor'),
    ]);
  });
  after(() => pool.end());

  const get = (path: string, token = auditor): Promise<Answer> => ask(home, path, { token });
  const post = (path: string, body: unknown, token = admin): Promise<Answer> =>
    ask(home, path, { method: 'POST', token, body });

  it('is ready', async () => {
    // The files before this one had servers started anew.
    await eventually(async () => (await ask(home, '/readyz')).status === 200, 'the gateway to be ready');
    const answer = await ask(home, '/readyz');
    expect(answer.body).to.deep.equal({
      ready: true,
      checks: { ledger: 'ok', database: 'ok', broker: 'ok' },
    });
  });

  describe('signing in', () => {
    it('refuses wrong passwords and unknown names alike', async () => {
      for (const name of ['admin@operator', `ghost-${randomBytes(4).toString('hex')}@operator`]) {
        const body = { name, password: 'wrong' };
        const answer = await ask(home, '/api/v1/auth/sign-in', { method: 'POST', body });
        expect(answer.status).to.equal(401);
        expect(codeOf(answer)).to.equal('UNAUTHENTICATED');
      }
    });

    it('keeps the refresh token in a cookie for TLS, good once', async () => {
      const body = { name: 'operator@operator', password: passwordOf(home, 'operator@operator') };
      const first = await ask(home, '/api/v1/auth/sign-in', { method: 'POST', body });
      const cookieOf = ({ headers }: Answer): string => [headers['set-cookie'] ?? ''].flat()[0] ?? '';
      expect(cookieOf(first)).to.match(/; HttpOnly; SameSite=Strict; Secure$/);
      const refresh = (answer: Answer): Promise<Answer> =>
        ask(home, '/api/v1/auth/refresh', {
          method: 'POST',
          headers: { cookie: cookieOf(answer).split(';')[0] ?? '', 'x-biot-request': '1' },
        });
      const second = await refresh(first);
      expect(second.status).to.equal(200);
      expect((await refresh(first)).status).to.equal(401);
      expect((await refresh(second)).status).to.equal(401);
    });

    it('keeps nobody’s key or password readable in the database', async () => {
      const rows: unknown = await pool.query('SELECT * FROM members');
      const text = JSON.stringify(rows);
      const key = readFileSync(home.path('members', 'admin@operator', 'key.pem'), 'utf8');
      expect(text).to.include('$argon2id$v=19$m=19456,t=2,p=1$').and.include('biot-sealed-key-1.');
      expect(text).to.not.include('PRIVATE KEY').and.not.include(key.split('\n')[1]);
      expect(text).to.not.include(passwordOf(home, 'admin@operator'));
    });
  });

  describe('devices', () => {
    it('are registered, activated, suspended and revoked with the person’s own key', async () => {
      const device = await makeDevice(home, 'life');
      const registration = { id: device.id, tenant: TENANT, type: 'generic', publicKey: device.publicKey };
      expect((await post('/api/v1/devices', { devices: [registration] })).status).to.equal(201);
      expect(codeOf(await post('/api/v1/devices', { devices: [registration] }))).to.equal('DEVICE_EXISTS');
      for (const [verb, status] of [
        ['activate', 'active'],
        ['suspend', 'suspended'],
        ['revoke', 'revoked'],
      ] as const) {
        const answer = await post(`/api/v1/devices/${device.id}/${verb}`, { reason: `to ${verb}` });
        expect(answer.body).to.include({ status, by: 'admin@manufacturer', org: 'ManufacturerMSP' });
        expect((await get(`/api/v1/devices/${device.id}`)).body, 'the next look').to.include({ status });
      }
      expect(codeOf(await post(`/api/v1/devices/${device.id}/activate`, { reason: 'again' }))).to.equal(
        'TRANSITION_ILLEGAL',
      );
      const history = await get(`/api/v1/devices/${device.id}/history`);
      const changes = z
        .object({ changes: z.array(z.looseObject({ status: z.string() })) })
        .parse(history.body);
      expect(changes.changes.map(({ status }) => status)).to.deep.equal([
        'revoked',
        'suspended',
        'active',
        'registered',
      ]);
    });

    it('are closed to other organisations’ admins, to operators and to auditors', async () => {
      const [other, operator] = await Promise.all([
        signIn(home, 'admin@operator'),
        signIn(home, 'operator@operator'),
      ]);
      const device = await makeActiveDevice(home, 'guarded');
      for (const token of [other, operator, auditor]) {
        const answer = await post(`/api/v1/devices/${device.id}/suspend`, { reason: 'mine now' }, token);
        expect(answer.status).to.equal(403);
        expect(codeOf(answer)).to.equal('FORBIDDEN');
      }
    });

    it('cannot be changed with the gateway’s own certificate: a stolen gateway signs nothing', async () => {
      const device = await makeActiveDevice(home, 'target');
      const refused = await withRegistry(home, 'gateway@operator', (registry) =>
        registry.suspend(device.id, 'stolen').then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      expect(refused).to.include({ code: 'FORBIDDEN' });
    });
  });

  describe('a device by HTTP', () => {
    let device: TestDevice;
    let privateKey: string;
    before(async () => {
      device = await makeActiveDevice(home, 'web');
      privateKey = readFileSync(credentialsIn(home.path('devices', device.id)).keyFile, 'utf8');
    });

    const tokenFor = (body?: unknown): Promise<string> =>
      createDeviceToken({
        device: device.id,
        privateKey,
        now: Date.now(),
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      });
    const send = async (body: unknown, covered = body): Promise<Answer> =>
      post('/api/v1/device/telemetry', body, await tokenFor(covered));
    const committed = async (): Promise<[number, number][]> => {
      const answer = await get('/api/v1/device/receipts', await tokenFor());
      return rangesPage.parse(answer.body).committed;
    };
    const message = (seq: number, temperature: number) => ({ seq, ts: Date.now(), values: { temperature } });

    it('is known when the ledger has made it active', async () => {
      await eventually(
        async () => (await get('/api/v1/device/self', await tokenFor())).status === 200,
        'the gateway to know the device',
      );
    });

    it('has its message stored, receipted, anchored and proven', async () => {
      const answer = await send(message(1, 36.6));
      expect(answer.status).to.equal(202);
      expect(answer.body).to.deep.equal({ seq: 1, messages: 1, accepted: true });
      await eventually(async () => (await committed()).some(([first]) => first === 1), 'the receipt');
      let reading: z.infer<typeof readingsPage>['readings'][number] | undefined;
      await eventually(async () => {
        const page = await get(`/api/v1/devices/${device.id}/telemetry`);
        [reading] = readingsPage.parse(page.body).readings;
        return reading?.anchor?.state === 'committed';
      }, 'the anchor');
      expect(reading).to.include({ seq: 1, sensor: 'temperature', value: 36.6 });
      const evidence = evidenceSchema.parse((await get(`/api/v1/telemetry/${reading!.id}/proof`)).body);
      const logs = await get('/api/v1/logs');
      const { logs: checkpoints } = z.object({ logs: z.array(checkpointSchema) }).parse(logs.body);
      expect(checkpoints.map(({ logId }) => logId)).to.include(evidence.header.logId);
      const { sensor, value, ts, seq } = reading!;
      const steps = checkEvidence(evidence, { claim: { device: device.id, seq, ts, sensor, value } });
      expect(steps.filter(({ ok }) => !ok)).to.deep.equal([]);
    });

    it('has a changed row shown as changed', async () => {
      const page = await get(`/api/v1/devices/${device.id}/telemetry`);
      const [reading] = readingsPage.parse(page.body).readings;
      const change = (value: number): Promise<unknown> =>
        pool.query('UPDATE telemetry SET value = ? WHERE telemetry_id = ?', [value, reading!.id]);
      await change(36.7);
      try {
        const evidence = evidenceSchema.parse((await get(`/api/v1/telemetry/${reading!.id}/proof`)).body);
        expect(evidence.message.values.temperature).to.equal(36.7);
        const failed = checkEvidence(evidence).filter(({ ok }) => !ok);
        expect(failed.map(({ name }) => name)).to.deep.equal(['batch']);
      } finally {
        await change(36.6);
      }
    });

    it('has several messages of one request stored', async () => {
      const answer = await send([message(2, 36.5), message(3, 36.4)]);
      expect(answer.body).to.deep.equal({ seq: 3, messages: 2, accepted: true });
      await eventually(async () => (await committed()).some(([, last]) => last === 3), 'the receipts');
    });

    it('is refused with a body that its token does not cover, and with a token that was used', async () => {
      expect(codeOf(await send(message(2, 1), message(2, 2)))).to.equal('TOKEN_INVALID');
      const token = await tokenFor();
      expect((await get('/api/v1/device/self', token)).status).to.equal(200);
      expect((await get('/api/v1/device/self', token)).status).to.equal(401);
    });

    it('is refused within a second of its suspension', async () => {
      await post(`/api/v1/devices/${device.id}/suspend`, { reason: 'stolen' });
      const answer = await send(message(3, 20));
      expect(answer.status).to.equal(403);
      expect(codeOf(answer)).to.equal('DEVICE_NOT_ACTIVE');
    });
  });

  describe('live', () => {
    it('shows a reading after it was stored, and its anchor after that', async () => {
      const device = await makeActiveDevice(home, 'live');
      const ca = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'));
      const socket = new WebSocket(`wss://127.0.0.1:${home.ports.gateway}/api/v1/live`, { ca });
      const frames: { type: string; device?: unknown; values?: unknown }[] = [];
      socket.on('message', (data: Buffer) => {
        frames.push(z.looseObject({ type: z.string() }).parse(JSON.parse(data.toString('utf8'))));
      });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'sign-in', token: auditor }));
      socket.send(JSON.stringify({ type: 'watch', devices: [device.id] }));
      await eventually(() => frames.some(({ type }) => type === 'signed-in'), 'the sign-in');
      // The gateway's subscription takes its own way to the broker: what was sent before it is not shown.
      let seq = 0;
      await eventually(async () => {
        seq += 1;
        await device.publish(JSON.stringify({ seq, ts: Date.now(), values: { noise: 40 + seq } }));
        return frames.some(({ type }) => type === 'reading');
      }, 'a live reading');
      const readings = frames.filter(({ type }) => type === 'reading');
      expect(new Set(readings.map((frame) => frame.device))).to.deep.equal(new Set([device.id]));
      await eventually(() => frames.some(({ type }) => type === 'anchored'), 'an anchor');
      socket.close();
      await once(socket, 'close');
    });

    it('is closed to pages of other origins', async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${home.ports.dashboard}/api/v1/live`, {
        origin: 'https://evil.example',
      });
      socket.on('error', () => undefined);
      await once(socket, 'unexpected-response');
      socket.terminate();
    });
  });

  describe('bad input', () => {
    it('reaches neither SQL nor files', async () => {
      const tries = [
        `/api/v1/devices/${encodeURIComponent("x' OR '1'='1")}/telemetry`,
        '/api/v1/devices/..%2f..%2fsecrets',
        `/api/v1/anchors?logId=${encodeURIComponent('a@b" UNION SELECT')}`,
        `/api/v1/devices/press-01/telemetry?cursor=${encodeURIComponent("' OR 1=1")}`,
        '/api/v1/devices/press-01/telemetry?to=9007199254740991',
      ];
      for (const path of tries) expect((await get(path)).status, path).to.equal(400);
      expect((await get('/api/v1/devices/press-01/telemetry?from=0&to=253402300799999')).status).to.equal(
        200,
      );
    });

    it('finds the plain listener deaf to other names', async () => {
      const socket = await fetch(`http://127.0.0.1:${home.ports.dashboard}/healthz`);
      expect(socket.status).to.equal(200);
      const rebound = new WebSocket(`ws://127.0.0.1:${home.ports.dashboard}/api/v1/live`, {
        headers: { Host: 'evil.example' },
      });
      rebound.on('error', () => undefined);
      await once(rebound, 'unexpected-response');
      rebound.terminate();
    });
  });
});
