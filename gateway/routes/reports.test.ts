import { hash } from 'node:crypto';

import { expect } from 'chai';
import { SqlError } from 'mariadb';
import request, { type Response } from 'supertest';

import { canonicalJson } from '../../chaincode/protocol/canonical-json.ts';
import { type Header, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { AttributedMessage } from '../../chaincode/protocol/message.ts';
import { databaseError } from '../../sql/errors.ts';
import { MOST_PAGES_ASKED } from '../reports/header-chain.ts';
import { MOST_LISTED, MOST_LOOKED_FOR } from '../reports/ledger-changes.ts';
import { MOST_COMPARED } from '../reports/log-review.ts';
import { hashedReportSchema, type ComplianceReport } from '../reports/report-schema.ts';
import { testGateway, type TestGateway } from '../testing/gateway.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;
const PERIOD = `from=${NOW - 7 * DAY}&to=${NOW + DAY}`;

const message = (seq: number): AttributedMessage => ({
  ...{ tenant: 'acme', device: 'press-07', epoch: 1, seq, ts: NOW + seq },
  values: { temperature: seq },
});

describe('GET /api/v1/reports/compliance', () => {
  let gateway: TestGateway;
  let token: string;

  beforeEach(async () => {
    gateway = await testGateway();
    token = await gateway.signIn(gateway.people.auditor);
    gateway.trail.entries.splice(0);
  });

  const ask = (query = PERIOD, as = token): Promise<Response> =>
    request(gateway.app).get(`/api/v1/reports/compliance?${query}`).set('Authorization', `Bearer ${as}`);

  async function report(as = token): Promise<ComplianceReport> {
    const answer = await ask(PERIOD, as);
    expect(answer.status, answer.text).to.equal(200);
    return hashedReportSchema.parse(answer.body).report;
  }
  const gaps = async (): Promise<string[]> => (await report()).gaps.map(({ kind }) => kind);

  it('names its content by a hash, which the audit trail has', async () => {
    const answer = await ask();
    const { report: made, sha256 } = hashedReportSchema.parse(answer.body);
    expect(hash('sha256', canonicalJson(made))).to.equal(sha256);
    expect(made).to.include({ madeBy: 'auditor@auditor', format: 'biot-report-1' });
    const entry = gateway.trail.entries.at(-1);
    expect(entry).to.include({ actor: 'auditor@auditor', action: 'makeReport', outcome: 'done' });
    expect(entry?.details).to.include({ sha256 });
  });

  it('is one HTML file, whose bytes the audit trail has the hash of', async () => {
    const answer = await ask(`${PERIOD}&format=html`);
    expect(answer.headers['content-type']).to.match(/^text\/html/);
    expect(answer.headers['content-disposition']).to.match(/filename="compliance-\d{8}-\d{8}\.html"/);
    expect(gateway.trail.entries.at(-1)?.details).to.include({ file: hash('sha256', answer.text) });
    const preferred = await request(gateway.app)
      .get(`/api/v1/reports/compliance?${PERIOD}`)
      .set({ Authorization: `Bearer ${token}`, Accept: 'text/html' });
    expect(preferred.headers['content-type']).to.match(/^text\/html/);
  });

  it('runs nothing of what names say, and shows what would not be seen', async () => {
    const actor = '<script>alert(1)</script>"\u202e\'';
    gateway.reports.summedDeeds = [
      { actor, org: null, action: 'signIn', done: 0, refused: 1, failed: 0, last: NOW },
    ];
    const code = '</table><img src=x onerror=alert(1)>';
    gateway.reports.summedOutcomes = [{ code, action: 'signIn', done: 0, refused: 1, failed: 0, last: NOW }];
    const { text } = await ask(`${PERIOD}&format=html`);
    expect(text).not.to.match(/<script|<img|\u202e/);
    expect(text).to.include('&lt;script&gt;alert(1)&lt;/script&gt;&quot;<i>U+202E</i>&#39;');
    const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? '';
    const digest = hash('sha256', style, 'base64');
    expect(text).to.include(`default-src 'none'; style-src 'sha256-${digest}'`.replaceAll("'", '&#39;'));
  });

  it('finds nothing wrong with batches that the ledger has', async () => {
    gateway.log.seal([message(1), message(2)]);
    gateway.log.commit(gateway.log.seal([message(3)]));
    const made = await report();
    expect(made.gaps).to.deep.equal([]);
    expect(made.logs).to.have.length(1);
    expect(made.logs[0]).to.deep.include({ batches: 2, committed: 2, compared: 2, messages: 3, altered: [] });
    expect(made.logs[0]?.checkpoint?.size).to.equal(2);
  });

  it('names a batch that is missing in the database, also the last of all', async () => {
    gateway.log.seal([message(1)]);
    gateway.log.seal([message(2)]);
    gateway.log.commit(gateway.log.seal([message(3)]));
    const [first, second, third] = gateway.store.anchorRows;
    gateway.store.anchorRows = [first!, third!];
    expect(await gaps()).to.deep.equal(['missing']);
    gateway.store.anchorRows = [first!, second!];
    expect((await report()).logs[0]?.missing).to.deep.equal([{ first: 2, last: 2 }]);
  });

  it('says how many spans of batches are missing that it does not list', async () => {
    for (let seq = 1; seq <= 241; seq += 1) gateway.log.seal([message(seq)]);
    gateway.log.commit(gateway.log.seal([message(242)]));
    gateway.store.anchorRows = gateway.store.anchorRows.filter(({ sequence }) => sequence % 2 === 1);
    const made = await report();
    const [log] = made.logs;
    expect([log?.missing.length, log?.missingTotal]).to.deep.equal([100, 121]);
    const [gap] = made.gaps.filter(({ kind }) => kind === 'missing');
    expect(gap?.what).to.match(/#198, and 21 more such spans that are not listed\.$/);
    expect((await ask(`${PERIOD}&format=html`)).text).to.include('and 21 more such spans');
  });

  it('has rollouts with who began them and what became of their devices, notifications, and changes of twins', async () => {
    const rollout = {
      ...{ id: 'r', tenant: 'acme', type: 'press', version: '1.2.0', state: 'stopped' as const },
      ...{ createdBy: '<b>admin@operator', changedBy: null, createdAt: NOW, startedAt: NOW, finishedAt: NOW },
      ...{ reason: 'too many failed', devices: 9, succeeded: 2, failed: 7, rolledBack: 0, untold: 0 },
    };
    gateway.reports.summedRollouts = Array.from({ length: 51 }, () => rollout);
    const channel = { channel: 'c', name: '<i>Pager', kind: 'webhook', tenant: 'acme' };
    gateway.reports.summedChannels = Array.from({ length: 101 }, () => ({
      ...{ ...channel, delivered: 1_234, failed: 5, dead: 3 },
    }));
    const counts = { done: 6, refused: 0, failed: 0, last: NOW };
    const actor = { actor: 'admin@operator', org: 'OperatorMSP' };
    gateway.reports.summedDeeds = [
      { ...actor, action: 'putDesired', ...counts },
      { ...actor, action: 'patchDesired', ...counts, done: 9 },
      { ...actor, action: 'suspendDevice', ...counts },
    ];
    gateway.reports.summedOutcomes = [{ code: null, action: 'stopRollout', ...counts, done: 1 }];
    const { rollouts, notifications, twins } = await report();
    expect(rollouts).to.deep.include({ created: 2, started: 1, stopped: 1, listedCut: true });
    expect([rollouts.listed.length, rollouts.listed[0]]).to.deep.equal([50, rollout]);
    expect(rollouts.devices).to.deep.equal([{ state: 'failed', number: 7 }]);
    expect(rollouts.entries.total).to.equal(1);
    expect([notifications.channels.length, notifications.cut]).to.deep.equal([100, true]);
    expect(twins.by.map(({ action, done }) => [action, done])).to.deep.equal([
      ['patchDesired', 9],
      ['putDesired', 6],
    ]);
    const { text } = await ask(`${PERIOD}&format=html`);
    for (const words of [
      'too many failed',
      '&lt;b&gt;admin@operator',
      '&lt;i&gt;Pager',
      '1,234',
      '2 succeeded, 7 failed',
    ])
      expect(text).to.include(words);
    expect(text)
      .to.include('There are more; the newest are listed.')
      .and.not.match(/<b>|<i>Pager/);
  });

  it('names a batch whose header is not the ledger’s', async () => {
    gateway.log.seal([message(1)]);
    gateway.log.commit(gateway.log.seal([message(2)]));
    gateway.store.anchorRows[1]!.root = 'cd'.repeat(32);
    const made = await report();
    expect([made.gaps.map(({ kind }) => kind), made.logs[0]?.altered]).to.deep.equal([['altered'], [1]]);
  });

  it('names batches that wait too long, and those that SQL has as committed and the ledger has not', async () => {
    gateway.log.commit(gateway.log.seal([message(1)]));
    gateway.log.seal([message(2)]);
    gateway.store.anchorRows[1]!.createdAt = gateway.now() - 3_600_000;
    expect(await gaps()).to.deep.equal(['waiting']);
    Object.assign(gateway.store.anchorRows[1]!, { state: 'committed' });
    expect(await gaps()).to.deep.equal(['unfounded']);
  });

  it('takes no batch of a log that the ledger does not know as being on it', async () => {
    gateway.log.commit(gateway.log.seal([message(1)]));
    gateway.store.anchorRows.push({ ...gateway.store.anchorRows[0]!, logId: 'made-up@operator' });
    const made = await report();
    expect(made.gaps.map(({ kind, log }) => [kind, log])).to.deep.equal([['unfounded', 'made-up@operator']]);
    const { logs } = gateway.log;
    const answers = [logs];
    gateway.log.logs = () => answers.pop()?.() ?? Promise.reject(new Error('away'));
    expect(await gaps(), 'when the ledger falls silent, nobody knows').to.deep.equal(['unchecked']);
    expect(await gaps(), 'nor when it is away').to.deep.equal(['unchecked']);
  });

  it('names batches that nobody anchors', async () => {
    gateway.log.seal([message(1)]);
    gateway.reports.states = () => Promise.resolve([]);
    gateway.reports.oldestWaiting = () => Promise.resolve(null);
    expect(await gaps()).to.deep.equal(['unfounded']);
  });

  it('names headers that were not compared because there are too many', async () => {
    const logId = 'long@operator';
    const last = MOST_COMPARED;
    const hash = 'ab'.repeat(32);
    const number = MOST_COMPARED + 1;
    gateway.reports.logs = () =>
      Promise.resolve([{ logId, first: 0, last, batches: number, messages: number, entries: 0 }]);
    gateway.reports.states = () => Promise.resolve([{ state: 'committed', number }]);
    gateway.reports.missing = () => Promise.resolve({ listed: [], total: 0 });
    gateway.log.logs = () => Promise.resolve([{ logId, size: number, root: hash, head: hash }]);
    const [gap] = (await report()).gaps;
    expect(gap).to.include({ kind: 'unchecked', log: logId });
    expect(gap?.what).to.include('newest 200,000 headers').and.include('and not #0:');
  });

  it('names headers that were not compared because those after them differ in too many places', async () => {
    const logId = 'altered@operator';
    const number = (MOST_PAGES_ASKED + 2) * MAX_HEADERS;
    const last = number - 1;
    const [ours, theirs] = ['ab'.repeat(32), 'cd'.repeat(32)] as const;
    const headers = (first: number, count: number, root: string): Header[] =>
      Array.from({ length: count }, (_, index) => ({
        ...{ logId, sequence: first + index, size: 1, root, previous: root, ranges: root },
      }));
    gateway.reports.logs = () =>
      Promise.resolve([{ logId, first: 0, last, batches: number, messages: number, entries: 0 }]);
    gateway.reports.states = () => Promise.resolve([{ state: 'committed', number }]);
    gateway.reports.missing = () => Promise.resolve({ listed: [], total: 0 });
    gateway.reports.headers = (_log, span) =>
      Promise.resolve(headers(span.first, span.last - span.first + 1, ours));
    gateway.log.logs = () => Promise.resolve([{ logId, size: number, root: theirs, head: theirs }]);
    gateway.log.list = (_log, from, limit) => Promise.resolve(headers(from, limit, theirs));
    const { gaps } = await report();
    expect(gaps.map(({ kind, log }) => [kind, log])).to.deep.equal([
      ['unchecked', logId],
      ['altered', logId],
    ]);
    expect(gaps[0]?.what).to.equal(
      'Headers differ from the ledger’s in too many places, so #0 to #999 were not compared: `verify` compares all.',
    );
    expect(gaps[1]?.what).to.include('and 19990 more');
  });

  it('says how much was compared when there is no gap', async () => {
    gateway.log.commit(gateway.log.seal([message(1)]));
    gateway.log.seal([message(2)]);
    gateway.store.anchorRows[1]!.createdAt = gateway.now();
    const { text } = await ask(`${PERIOD}&format=html`);
    expect(text).to.match(
      /No gaps\. Batches of the period: 2, none is missing\. Headers compared with.+: 1,/,
    );
    expect(text).to.include('Not on the ledger yet: 1.');
  });

  it('is refused with a sentence when a sum, or the whole, takes too long', async () => {
    const outcomes = gateway.reports.outcomes;
    const brokenOff = new SqlError('max_statement_time exceeded', 'SELECT 1', true, undefined, '70100', 1969);
    gateway.reports.outcomes = () => Promise.reject(databaseError(brokenOff));
    const refused = await ask();
    expect(refused.status).to.equal(503);
    expect(refused.body).to.include({ code: 'DATABASE_UNAVAILABLE' });
    expect(refused.text).to.include('ask for a shorter period');
    gateway.reports.outcomes = (period) => {
      gateway.pass(300_000);
      return outcomes(period);
    };
    expect((await ask()).text).to.include('ask for a shorter period');
  });

  it('says that nothing was checked when the ledger is away', async () => {
    gateway.log.commit(gateway.log.seal([message(1)]));
    gateway.log.logs = () => Promise.reject(new Error('away'));
    expect(await gaps()).to.deep.equal(['unchecked']);
  });

  it('names changes of devices that no entry tells of', async () => {
    const { device } = gateway.addDevice('press-07', {
      tenant: 'acme',
      updatedAt: new Date(NOW).toISOString(),
    });
    const made = await report();
    expect(made.ledger.untold.map(({ transaction }) => transaction)).to.deep.equal([device.transaction]);
    gateway.reports.toldTransactions.add(device.transaction);
    expect((await report()).ledger.untold).to.deep.equal([]);
  });

  it('counts all of these that it found, and says what it did not look for', async () => {
    for (let index = 0; index <= MOST_LISTED; index += 1)
      gateway.addDevice(`press-${index}`, {
        ...{ tenant: 'acme', updatedAt: new Date(NOW - index).toISOString() },
        transaction: index.toString(16).padStart(64, '0'),
      });
    const made = await report();
    expect(made.ledger).to.include({ lookedForCut: false, untoldTotal: MOST_LISTED + 1 });
    expect(made.ledger.untold).to.have.length(MOST_LISTED);
    expect(made.gaps[0]?.what).to.include(`${MOST_LISTED + 1} transactions`);
    for (let index = MOST_LISTED; index < MOST_LOOKED_FOR; index += 1)
      gateway.addDevice(`pump-${index}`, {
        ...{ tenant: 'acme', updatedAt: new Date(NOW + index).toISOString() },
        transaction: index.toString(16).padStart(64, 'f'),
      });
    for (const { transaction } of gateway.parts.fleet.all())
      gateway.reports.toldTransactions.add(transaction);
    const cut = await report();
    expect(cut.ledger).to.include({ lookedFor: MOST_LOOKED_FOR, lookedForCut: true, untoldTotal: 0 });
    expect(cut.gaps.map(({ kind }) => kind)).to.deep.equal(['unchecked']);
    const { text } = await ask(`${PERIOD}&format=html`);
    expect(text).to.include('Only the newest 1,000 transactions were looked for');
    expect(text).to.include('The trail names every transaction that was looked for.');
  });

  it('has of other tenants neither devices nor entries', async () => {
    gateway.addDevice('press-07', { tenant: 'other', updatedAt: new Date(NOW).toISOString() });
    const own = await gateway.signInFor('acme', 'admin');
    const made = await report(own);
    expect([made.tenants, made.ledger.untold, made.ledger.registered]).to.deep.equal([['acme'], [], 0]);
    expect(gateway.reports.periods.map(({ tenants }) => tenants)).to.deep.equal(
      gateway.reports.periods.map(() => ['acme']),
    );
  });

  it('is for those who may read reports', async () => {
    const operator = await gateway.signIn(gateway.people.operator);
    expect((await ask(PERIOD, operator)).status).to.equal(403);
    expect(gateway.trail.entries.at(-1)).to.include({ action: 'makeReport', outcome: 'refused' });
    expect((await ask(PERIOD, await gateway.signIn(gateway.people.adminOperator))).status).to.equal(200);
  });

  for (const query of ['', 'from=1', `from=${NOW}&to=${NOW}`, `from=0&to=${NOW}`, `${PERIOD}&format=pdf`])
    it(`refuses ?${query}`, async () => {
      const answer = await ask(query);
      expect([answer.status, (answer.body as { code: string }).code]).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
    });
});
