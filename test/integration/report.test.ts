import { hash } from 'node:crypto';

import { expect } from 'chai';
import { z } from 'zod';

import { canonicalJson } from '../../chaincode/protocol/canonical-json.ts';
import { hashedReportSchema } from '../../gateway/reports/report-schema.ts';
import { GENERIC } from '../../network/initial-types.ts';
import {
  alertsIn,
  commandsIn,
  deedsIn,
  outcomesIn,
  toldTransactions,
} from '../../sql/queries/report-sums.ts';
import {
  logsIn,
  missingNumbers,
  neighboursOf,
  oldestWaiting,
  statesOf,
} from '../../sql/queries/report-logs.ts';
import { ask, eventually, passwordOf, runScript, signIn, testHome } from '../harness/instance.ts';
import { LOG, testStorage } from '../harness/storage.ts';
import { makeDevice } from '../harness/test-device.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const WHOLE = { tenants: '*' as const, from: START, to: START + 30 * DAY };

describe('what a report sums up on MariaDB', () => {
  const storage = testStorage();

  beforeEach(async () => {
    await storage.pool.query('DELETE FROM audit_logs');
    const entry = (id: number, fields: string): string =>
      `(${id}, '2026-01-${String(id).padStart(2, '0')} 10:00:00', ${fields})`;
    await storage.pool.query(
      `INSERT INTO audit_logs (log_id, created_at, actor, org, action, outcome, tenant, details, blockchain_hash) VALUES ${[
        entry(
          1,
          `'admin@operator', 'OperatorMSP', 'suspendDevice', 'done', 'acme', '{}', '${'ab'.repeat(32)}'`,
        ),
        entry(2, `'admin@operator', 'OperatorMSP', 'suspendDevice', 'done', 'other', '{}', NULL`),
        entry(3, `'x@y', 'OperatorMSP', 'suspendDevice', 'refused', 'acme', '{"code":"FORBIDDEN"}', NULL`),
        entry(
          4,
          `'anonymous', NULL, 'signIn', 'refused', NULL, '{"code":"UNAUTHENTICATED","number":41}', NULL`,
        ),
        entry(
          5,
          `'anonymous', NULL, 'signIn', 'refused', NULL, '{"code":"UNAUTHENTICATED","number":"1 or 2"}', NULL`,
        ),
        entry(6, `'anonymous', NULL, 'signIn', 'failed', NULL, '{"code":"${'é'.repeat(200)}"}', NULL`),
      ].join(', ')}`,
    );
  });

  it('is who did what, with each refusal that an entry counts, of one’s own tenants', async () => {
    const deeds = await deedsIn(storage.pool, WHOLE, { limit: 10 });
    expect(
      deeds.map(({ actor, action, done, refused, failed }) => [actor, action, done, refused, failed]),
    ).to.deep.equal([
      ['anonymous', 'signIn', 0, 42, 1],
      ['admin@operator', 'suspendDevice', 2, 0, 0],
      ['x@y', 'suspendDevice', 0, 1, 0],
    ]);
    const own = { ...WHOLE, tenants: ['acme'] };
    expect(
      (await deedsIn(storage.pool, own, { limit: 10 })).map(({ actor, done }) => [actor, done]),
    ).to.deep.equal([
      ['admin@operator', 1],
      ['x@y', 0],
    ]);
    const outcomes = await outcomesIn(storage.pool, own, 10);
    expect(outcomes.map(({ code, done, refused }) => [code, done, refused])).to.deep.equal([
      [null, 1, 0],
      ['FORBIDDEN', 0, 1],
    ]);
    expect(await outcomesIn(storage.pool, { ...own, tenants: [] }, 10)).to.deep.equal([]);
    expect(await toldTransactions(storage.pool, ['ab'.repeat(32), 'cd'.repeat(32)])).to.deep.equal(
      new Set(['ab'.repeat(32)]),
    );
  });

  it('is of the period alone', async () => {
    const period = { ...WHOLE, from: START + 2 * DAY, to: START + 3 * DAY };
    expect(
      (await outcomesIn(storage.pool, period, 10)).map(({ action, refused }) => [action, refused]),
    ).to.deep.equal([['suspendDevice', 1]]);
    expect(await commandsIn(storage.pool, period)).to.deep.equal([]);
    expect(await alertsIn(storage.pool, period)).to.deep.equal([]);
  });

  it('is how long alerts waited to be acknowledged', async () => {
    await storage.pool.query(
      `INSERT INTO alerts (type, severity, details, tenant, created_at, acknowledged_at) VALUES
       ('x', 'major', '{}', 'acme', '2026-01-02 10:00:00', '2026-01-02 10:01:00'),
       ('x', 'major', '{}', 'acme', '2026-01-02 11:00:00', '2026-01-02 11:03:00'),
       ('x', 'major', '{}', 'acme', '2026-01-02 12:00:00', NULL)`,
    );
    expect(await alertsIn(storage.pool, WHOLE)).to.deep.equal([
      { severity: 'major', number: 3, acknowledged: 2, cleared: 0, meanMs: 120_000, longestMs: 180_000 },
    ]);
  });

  it('is which batches there are, wait and are missing', async () => {
    const root = Buffer.alloc(32);
    for (const sequence of [0, 1, 2, 5, 6, 9]) {
      await storage.pool.query(
        `INSERT INTO batches (batch_id, log_id, sequence, size, readings, total_messages, total_readings, root, previous,
           ranges_root, header_hash, earliest, latest, created_at)
         VALUES (?, ?, ?, 3, ?, 0, 0, ?, ?, ?, ?, '2026-01-01', '2026-01-01', ?)`,
        [
          ...[sequence + 1, LOG, sequence, sequence === 6 ? 0 : 5, root, root, root, root],
          new Date(START + sequence * DAY),
        ],
      );
      await storage.pool.query(
        'INSERT INTO blockchain_tx (batch_id, log_id, sequence, status) VALUES (?, ?, ?, ?)',
        [sequence + 1, LOG, sequence, sequence < 5 ? 'committed' : 'sealed'],
      );
    }
    const period = { from: START + DAY, to: START + 9 * DAY };
    expect(await logsIn(storage.pool, period)).to.deep.equal([
      { logId: LOG, first: 1, last: 6, batches: 4, messages: 9, entries: 3 },
    ]);
    const span = { first: 1, last: 6 };
    expect(await neighboursOf(storage.pool, LOG, span)).to.deep.equal({ before: 0, after: 9 });
    expect(await missingNumbers(storage.pool, LOG, { first: 1, last: 8 }, 10)).to.deep.equal([
      { first: 3, last: 4 },
      { first: 7, last: 8 },
    ]);
    expect(await missingNumbers(storage.pool, LOG, { first: 0, last: 2 }, 10)).to.deep.equal([]);
    expect(await missingNumbers(storage.pool, LOG, { first: 10, last: 12 }, 10)).to.deep.equal([
      { first: 10, last: 12 },
    ]);
    expect(
      (await statesOf(storage.pool, LOG, span)).map(({ state, number }) => [state, number]),
    ).to.deep.equal([
      ['sealed', 2],
      ['committed', 2],
    ]);
    expect(await oldestWaiting(storage.pool, LOG, span)).to.deep.equal({
      sequence: 5,
      since: START + 5 * DAY,
    });
  });
});

describe('a compliance report', function () {
  this.timeout(120_000);
  const home = testHome();
  const auditor = 'auditor@auditor';
  const period = (): string => `from=${Date.now() - DAY}&to=${Date.now() + DAY}`;

  it('has what was done, a batch for all of it, and is on the ledger itself', async () => {
    const admin = await signIn(home, 'admin@operator');
    const { id, publicKey } = await makeDevice(home, 'reported');
    const registered = await ask(home, '/api/v1/devices', {
      method: 'POST',
      token: admin,
      body: { devices: [{ id, publicKey, tenant: 'acme', type: GENERIC }] },
    });
    expect(registered.status).to.equal(201);
    const token = await signIn(home, auditor, passwordOf(home, auditor));
    const answer = await ask(home, `/api/v1/reports/compliance?${period()}`, { token });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    const { report, sha256 } = hashedReportSchema.parse(answer.body);
    expect(hash('sha256', canonicalJson(report))).to.equal(sha256);
    expect(report.devices.newest.map(({ device }) => device)).to.include(id);
    expect(report.gaps.filter(({ kind }) => kind !== 'untold' && kind !== 'waiting')).to.deep.equal([]);
    expect(report.logs.map(({ logId }) => logId)).to.include.members([
      'gateway@operator',
      'ingest-1@operator',
    ]);
    for (const { compared, checkpoint } of report.logs)
      expect([compared > 0, checkpoint !== null]).to.deep.equal([true, true]);

    const anchored = async (): Promise<boolean> => {
      const page = await ask(home, `/api/v1/audit?action=makeReport&limit=20`, { token });
      return z
        .looseObject({
          entries: z.array(z.looseObject({ details: z.looseObject({}), anchor: z.looseObject({}) })),
        })
        .parse(page.body)
        .entries.some(
          ({ details, anchor }) => details['sha256'] === sha256 && anchor['state'] === 'committed',
        );
    };
    await eventually(anchored, 'the report’s entry to be on the ledger', 60_000);
    const verified = await runScript('verify', '--json');
    expect(verified.code, verified.out).to.equal(0);
  });

  it('is made by rights, and as a file', async () => {
    const operator = await signIn(home, 'operator@operator');
    expect((await ask(home, `/api/v1/reports/compliance?${period()}`, { token: operator })).status).to.equal(
      403,
    );
    const token = await signIn(home, auditor);
    const file = await ask(home, `/api/v1/reports/compliance?${period()}&format=html`, { token });
    expect(String(file.body))
      .to.match(/^<!doctype html>/)
      .and.not.include('<script');
    expect(file.headers['content-disposition']).to.include('attachment');
  });
});
