import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { GENERIC_TYPE } from '../../network/initial-types.ts';
import {
  ask,
  countReadings,
  eventually,
  lastJson,
  ownerPool,
  runScript,
  signIn,
  testHome,
} from '../harness/instance.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

const DAY_MS = 86_400_000;
/** Two rounds of ingest, and what the ledger takes. */
const WITHIN_MS = 90_000;

const verification = z.looseObject({
  ok: z.boolean(),
  messages: z.int(),
  expired: z.int(),
  expiredByType: z.int(),
  differences: z.array(z.looseObject({ kind: z.string(), table: z.string(), what: z.string() })),
});

describe('a type that does not keep everything', function () {
  this.timeout(180_000);
  const home = testHome();
  const name = `short-${randomBytes(3).toString('hex')}`;
  let pool: Pool;
  let device: TestDevice;
  let token: string;

  async function putType(retention: { retentionDays?: number }): Promise<void> {
    const body = { description: 'of a test', sensors: GENERIC_TYPE.sensors, ...retention };
    const answer = await ask(home, `/api/v1/types/${name}`, { method: 'PUT', token, body });
    expect(answer.status).to.equal(200);
  }

  async function verify(): Promise<z.infer<typeof verification>> {
    const { out } = await runScript('verify', '--device', device.id, '--json');
    return lastJson(out, verification);
  }

  before(async () => {
    pool = ownerPool(home);
    token = await signIn(home, 'admin@manufacturer');
    await putType({});
    device = await makeActiveDevice(home, 'short', name);
    const ages = [10, 5, 3, 1, 0];
    for (const [index, days] of ages.entries()) {
      const message = {
        seq: index + 1,
        ts: Date.now() - days * DAY_MS,
        values: { noise: index, temperature: 20 },
      };
      await eventually(
        async () => (await device.request(JSON.stringify(message))).committed.length > 0,
        `message ${index + 1} to be taken`,
      );
    }
    await eventually(async () => (await verify()).messages === ages.length, 'the anchors', WITHIN_MS);
  });
  after(() => pool.end());

  it('has what is older deleted, and counted as expired', async () => {
    expect(await verify()).to.include({ ok: true, expiredByType: 0 });
    await putType({ retentionDays: 4 });
    await eventually(
      async () => (await countReadings(pool, device.id)).readings === 6,
      'two messages to go',
      WITHIN_MS,
    );
    expect(await verify()).to.include({ ok: true, messages: 5, expired: 0, expiredByType: 4 });
  });

  it('has older messages refused from then on', async () => {
    const late = { seq: 6, ts: Date.now() - 4 * DAY_MS - 1, values: { noise: 1 } };
    const { refused } = await device.request(JSON.stringify(late));
    expect(refused.map(({ code }) => code)).to.deep.equal(['TIMESTAMP_OUT_OF_RANGE']);
  });

  it('covers nobody who deletes what is younger', async () => {
    const where = 'device_id = ? AND seq = 3 AND sensor_type = ?';
    const saved = z
      .array(z.record(z.string(), z.unknown()))
      .parse(await pool.query(`SELECT * FROM telemetry WHERE ${where}`, [device.id, 'noise']));
    await pool.query(`DELETE FROM telemetry WHERE ${where}`, [device.id, 'noise']);
    try {
      const { ok, expiredByType, differences } = await verify();
      expect({ ok, expiredByType }).to.deep.equal({ ok: false, expiredByType: 4 });
      expect(differences).to.have.length(1);
      expect(differences[0]).to.include({ kind: 'missing', table: 'telemetry' });
    } finally {
      await pool.query('INSERT INTO telemetry VALUES (?)', [Object.values(saved[0]!)]);
    }
    expect(await verify()).to.include({ ok: true });
  });

  it('is told of in the audit trail', async () => {
    const rows: unknown = await pool.query(
      `SELECT JSON_VALUE(details, '$.readings') AS readings FROM audit_logs
       WHERE action = 'expireTelemetry' AND JSON_VALUE(details, '$.type') = ?`,
      [name],
    );
    const told = z.array(z.object({ readings: z.coerce.number() })).parse(rows);
    expect(told.reduce((sum, { readings }) => sum + readings, 0)).to.equal(4);
  });
});
