import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { checkEntryEvidence, entryEvidenceSchema } from '../../chaincode/protocol/evidence.ts';
import { GENERIC } from '../../network/initial-types.ts';
import {
  type Answer,
  ask,
  eventually,
  lastJson,
  ownerPool,
  passwordOf,
  runScript,
  signIn,
  testHome,
} from '../harness/instance.ts';
import { makeDevice } from '../harness/test-device.ts';

const LOG = 'gateway@operator';

const entrySchema = z.looseObject({
  id: z.string(),
  at: z.number(),
  actor: z.string(),
  org: z.string().nullable(),
  action: z.string(),
  outcome: z.string(),
  device: z.string().nullable(),
  details: z.looseObject({}),
  transaction: z.string().nullable(),
  anchor: z.looseObject({ logId: z.string(), state: z.string(), block: z.number().nullable() }).nullable(),
});
type Entry = z.infer<typeof entrySchema>;
const pageSchema = z.looseObject({ entries: z.array(entrySchema) });

const reportSchema = z.looseObject({
  ok: z.boolean(),
  entries: z.number(),
  differences: z.array(
    z.looseObject({ kind: z.string(), table: z.string(), key: z.string(), what: z.string() }),
  ),
});

describe('the audit trail of people', function () {
  this.timeout(120_000);
  const home = testHome();
  const admin = 'admin@operator';
  let pool: Pool;
  let token: string;
  let device: string;

  before(() => {
    pool = ownerPool(home);
  });
  after(() => pool.end());

  const post = (path: string, body: object, as?: string): Promise<Answer> =>
    ask(home, `/api/v1/${path}`, { method: 'POST', body, ...(as !== undefined && { token: as }) });

  async function entries(query: string): Promise<Entry[]> {
    const auditor = await signIn(home, 'auditor@auditor', passwordOf(home, 'auditor@auditor'));
    const { status, body } = await ask(home, `/api/v1/audit?${query}`, { token: auditor });
    expect(status).to.equal(200);
    return pageSchema.parse(body).entries;
  }

  async function verify(): Promise<z.infer<typeof reportSchema> & { code: number }> {
    const ran = await runScript('verify', '--json');
    return { code: ran.code, ...lastJson(ran.out, reportSchema) };
  }

  it('has a failed sign-in and a successful one', async () => {
    const since = Date.now();
    expect((await post('auth/sign-in', { name: admin, password: 'a guess of somebody' })).status).to.equal(
      401,
    );
    token = await signIn(home, admin, passwordOf(home, admin));
    const found = await entries(`actor=${admin}&action=signIn&from=${String(since - 60_000)}`);
    expect(found.slice(0, 2).map(({ outcome, org }) => [outcome, org])).to.deep.equal([
      ['done', 'OperatorMSP'],
      ['refused', null],
    ]);
    expect(JSON.stringify(found)).not.to.include('a guess of somebody');
  });

  it('has an allowed and a refused change of a device, with the transaction of the one', async () => {
    const { id, publicKey } = await makeDevice(home, 'audited');
    device = id;
    const registered = await post(
      'devices',
      { devices: [{ id, publicKey, tenant: 'acme', type: GENERIC }] },
      token,
    );
    expect(registered.status).to.equal(201);
    const operator = await signIn(home, 'operator@operator', passwordOf(home, 'operator@operator'));
    expect((await post(`devices/${id}/activate`, { reason: 'mine' }, operator)).status).to.equal(403);
    const found = await entries(`device=${id}`);
    expect(found.map(({ actor, action, outcome }) => [actor, action, outcome])).to.deep.equal([
      ['operator@operator', 'activateDevice', 'refused'],
      [admin, 'registerDevices', 'done'],
    ]);
    expect(found[0]?.details).to.include({ code: 'FORBIDDEN' });
    expect(found[1]?.transaction).to.match(/^[0-9a-f]{64}$/);
  });

  it('has an entry at once, and its anchor in a block of the ledger within seconds', async () => {
    const blockOf = async (): Promise<number | null | undefined> =>
      (await entries(`device=${device}`))[0]?.anchor?.block;
    await eventually(async () => typeof (await blockOf()) === 'number', 'a block', 15_000);
    expect((await entries(`device=${device}`))[0]?.anchor).to.include({ logId: LOG, state: 'committed' });
  });

  it('is proven entry by entry, against the ledger', async () => {
    const [entry] = await entries(`device=${device}`);
    const auditor = await signIn(home, 'auditor@auditor');
    const { status, body } = await ask(home, `/api/v1/audit/${entry!.id}/proof`, { token: auditor });
    expect(status).to.equal(200);
    const evidence = entryEvidenceSchema.parse(body);
    expect(evidence.entry).to.include({ actor: 'operator@operator', action: 'activateDevice', device });
    expect(checkEntryEvidence(evidence).every(({ ok }) => ok)).to.equal(true);
    const changed = { ...evidence, entry: { ...evidence.entry, actor: admin } };
    expect(checkEntryEvidence(changed).every(({ ok }) => ok)).to.equal(false);
    const ran = await runScript('verify', '--entry', entry!.id, '--json');
    expect(lastJson(ran.out, reportSchema)).to.include({ ok: true, entries: 1 });
  });

  it('holds, and is counted by verify', async () => {
    const report = await verify();
    expect(report.differences).to.deep.equal([]);
    expect(report).to.include({ code: 0, ok: true });
    expect(report.entries).to.be.at.least(4);
  });

  it('is named row by row when somebody changes one or adds one', async () => {
    const [refused, registered] = await entries(`device=${device}`);
    const invented = (BigInt(registered!.id) | 16_383n).toString();
    await pool.query('UPDATE audit_logs SET actor = ? WHERE log_id = ?', [admin, refused!.id]);
    await pool.query(
      `INSERT INTO audit_logs (log_id, actor, action, outcome, details, created_at)
       VALUES (?, 'operator@operator', 'suspendDevice', 'done', '{}', UTC_TIMESTAMP(3))`,
      [invented],
    );
    try {
      const report = await verify();
      expect(report.code).to.equal(1);
      expect(
        report.differences.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort(),
      ).to.deep.equal([`changed audit_logs ${refused!.id}`, `added audit_logs ${invented}`].sort());
      const changed = report.differences.find(({ kind }) => kind === 'changed');
      expect(changed?.what).to.include(`actor is ${admin}, anchored was operator@operator`);
    } finally {
      await pool.query('UPDATE audit_logs SET actor = ? WHERE log_id = ?', [
        'operator@operator',
        refused!.id,
      ]);
      await pool.query('DELETE FROM audit_logs WHERE log_id = ?', [invented]);
    }
    expect((await verify()).code).to.equal(0);
  });
});
