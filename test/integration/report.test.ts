import { hash } from 'node:crypto';

import { expect } from 'chai';
import { z } from 'zod';

import { canonicalJson } from '../../chaincode/protocol/canonical-json.ts';
import type { Channel } from '../../chaincode/protocol/notifications/channel.ts';
import { hashedReportSchema } from '../../gateway/reports/report-schema.ts';
import { GENERIC } from '../../network/initial-types.ts';
import {
  alertsIn,
  commandsIn,
  deedsIn,
  outcomesIn,
  toldTransactions,
} from '../../sql/queries/report-sums.ts';
import type { StoredMessage } from '../../sql/queries/notifications.ts';
import {
  notificationsIn,
  rolloutCountsIn,
  rolloutDevicesIn,
  rolloutsIn,
} from '../../sql/queries/report-operations.ts';
import {
  logsIn,
  missingNumbers,
  neighboursOf,
  oldestWaiting,
  statesOf,
} from '../../sql/queries/report-logs.ts';
import { forgetHours } from '../../sql/writers/notification-hours.ts';
import {
  addMessages,
  giveUpStale,
  noteFailure,
  noteSuccess,
  putChannel,
  removeChannel,
  takeMessage,
} from '../../sql/writers/notifications.ts';
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

  it('is what became of rollouts and their devices, of one’s own tenants', async () => {
    const rollout = (number: number, fields: string): string =>
      `('r${number}', 'acme', 'press', ${fields}, '{"version":"1.${number}.0","created":{"name":"a@operator"}}', 7, '2026-01-01')`;
    await storage.pool.query(
      `INSERT INTO rollouts (rollout_id, tenant, type, state, created_at, started_at, finished_at, message, devices, definition,
         block, updated_at) VALUES ${[
           rollout(1, `'stopped', '2025-12-20', '2026-01-02', '2026-01-03', 'too many', 3`),
           rollout(2, `'running', '2026-01-05', '2026-01-05', NULL, NULL, 1`),
           rollout(3, `'finished', '2025-12-01', '2025-12-01', '2025-12-02', NULL, 0`),
           rollout(4, `'cancelled', '2026-01-06', NULL, '2026-01-07', 'a mistake', 0`),
         ].join(', ')}`,
    );
    await storage.pool.query(
      `INSERT INTO rollout_devices (rollout_id, device_id, phase, state, since, updated_at) VALUES ${[
        ...["('r1', 'a', 1, 'failed'", "('r1', 'b', 1, 'rolled back'", "('r1', 'c', 1, 'cancelled'"],
        ...["('r2', 'a', 1, 'downloading'", "('r3', 'a', 1, 'succeeded'"],
      ]
        .map((row) => `${row}, '2026-01-02', '2026-01-02')`)
        .join(', ')}`,
    );
    expect(await rolloutCountsIn(storage.pool, WHOLE)).to.deep.equal({
      ...{ created: 2, started: 2, finished: 0, stopped: 1, cancelled: 1 },
    });
    expect(await rolloutDevicesIn(storage.pool, WHOLE)).to.have.deep.members([
      { state: 'downloading', number: 1 },
      { state: 'failed', number: 1 },
      { state: 'rolled back', number: 1 },
      { state: 'cancelled', number: 1 },
    ]);
    const listed = await rolloutsIn(storage.pool, WHOLE, 10);
    expect(listed.map(({ id }) => id)).to.deep.equal(['r4', 'r2', 'r1']);
    expect(listed[2]).to.deep.include({
      ...{ version: '1.1.0', state: 'stopped', createdBy: 'a@operator', changedBy: null, reason: 'too many' },
      ...{ devices: 3, succeeded: 0, failed: 1, rolledBack: 1, untold: 1 },
    });
    expect((await rolloutsIn(storage.pool, WHOLE, 1)).map(({ id }) => id)).to.deep.equal(['r4']);
    const others = { ...WHOLE, tenants: ['other'] };
    expect(await rolloutsIn(storage.pool, others, 10)).to.deep.equal([]);
    expect(await rolloutDevicesIn(storage.pool, others)).to.deep.equal([]);
    expect(await rolloutCountsIn(storage.pool, others)).to.include({ created: 0, started: 0, stopped: 0 });
  });

  it('is what became of messages, also of a channel that is no more', async () => {
    const [id, hour] = ['0b0f4d5e-4d7c-4a5e-9d55-3f1f8f3f5a10', 3_600_000];
    const channel: Channel = {
      ...{ id, version: 1, author: 'admin@operator', updatedAt: START },
      ...{ name: 'Pager', tenant: 'acme', enabled: true, minimumSeverity: 'major', rules: null },
      destination: { kind: 'webhook', url: 'https://example.com/' },
    };
    await putChannel(storage.pool, { channel, sealedSecret: null });
    const content = { kind: 'test' as const, by: 'admin@operator', at: START };
    await addMessages(
      storage.pool,
      [1, 2, 3].map(() => ({ channel: id, content })),
      START,
    );
    const take = async (): Promise<StoredMessage> => {
      const taken = await takeMessage(storage.pool, { channel: id, now: START, retryAt: () => START + hour });
      if (taken === undefined) throw new Error('nothing is due');
      return taken;
    };
    await noteSuccess(storage.pool, await take(), START);
    await putChannel(storage.pool, { channel: { ...channel, version: 2, name: 'Horn' }, sealedSecret: null });
    const failing = await take();
    const failure = { failure: 'answered 500', dead: false };
    await noteFailure(storage.pool, failing, { ...failure, now: START + hour });
    await noteFailure(storage.pool, failing, { ...failure, dead: true, now: START + hour + 1 });
    await giveUpStale(storage.pool, {
      ...{ channel: id, now: START + hour, madeBefore: START + hour, dueBefore: START + hour },
    });
    // Named otherwise meanwhile, it is one channel still.
    const counted = { channel: id, kind: 'webhook', tenant: 'acme' };
    const whole = [{ ...counted, name: 'Horn', delivered: 1, failed: 2, dead: 2 }];
    expect(await notificationsIn(storage.pool, WHOLE, 10)).to.deep.equal(whole);
    const first = { ...WHOLE, to: START + hour };
    expect(await notificationsIn(storage.pool, first, 10)).to.deep.equal([
      { ...counted, name: 'Pager', delivered: 1, failed: 0, dead: 0 },
    ]);
    expect(await notificationsIn(storage.pool, { ...WHOLE, tenants: ['other'] }, 10)).to.deep.equal([]);
    await removeChannel(storage.pool, id);
    expect(await notificationsIn(storage.pool, WHOLE, 10)).to.deep.equal(whole);
    await forgetHours(storage.pool, START + 401 * DAY);
    expect(await notificationsIn(storage.pool, WHOLE, 10)).to.deep.equal([]);
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
    const missing = (first: number, last: number, limit = 10): ReturnType<typeof missingNumbers> =>
      missingNumbers(storage.pool, LOG, { first, last }, limit);
    const spans = [
      { first: 3, last: 4 },
      { first: 7, last: 8 },
    ];
    expect(await missing(1, 8)).to.deep.equal({ listed: spans, total: 2 });
    expect(await missing(1, 8, 1)).to.deep.equal({ listed: spans.slice(0, 1), total: 2 });
    expect(await missing(0, 2)).to.deep.equal({ listed: [], total: 0 });
    expect(await missing(10, 12)).to.deep.equal({ listed: [{ first: 10, last: 12 }], total: 1 });
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
