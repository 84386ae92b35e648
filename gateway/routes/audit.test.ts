import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { checkEntryEvidence, entryEvidenceSchema } from '../../chaincode/protocol/evidence.ts';
import type { StoredAuditEntry } from '../../sql/queries/audit-logs.ts';
import { testGateway, type TestGateway } from '../testing/gateway.ts';

function row(number: number, fields: Partial<StoredAuditEntry> = {}): StoredAuditEntry {
  return {
    id: BigInt(16_384 + number),
    at: 1_700_000_000_000 + number,
    actor: 'admin@operator',
    org: 'OperatorMSP',
    action: 'suspendDevice',
    outcome: 'done',
    tenant: null,
    device: null,
    subject: null,
    details: '{"reason":"smoke"}',
    address: '127.0.0.1',
    transaction: null,
    anchor: {
      logId: 'gateway@operator',
      sequence: 0,
      state: 'committed',
      transaction: 'ab'.repeat(32),
      block: 7,
    },
    ...fields,
  };
}

interface Page {
  entries: { id: string; details: object; anchor: { block: number } | null }[];
  next: string | null;
}

describe('GET /api/v1/audit', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await testGateway();
  });

  async function ask(token: string, query = ''): Promise<Response> {
    return request(gateway.app).get(`/api/v1/audit${query}`).set('Authorization', `Bearer ${token}`);
  }

  it('gives entries with their anchors, newest first, page by page', async () => {
    gateway.store.auditRows = [row(3), row(2, { anchor: null }), row(1)];
    const token = await gateway.signIn(gateway.people.auditor);
    const first = (await ask(token, '?limit=2')).body as Page;
    expect(first.entries.map(({ id, anchor }) => [id, anchor?.block])).to.deep.equal([
      ['16387', 7],
      ['16386', undefined],
    ]);
    expect(first.entries[0]?.details).to.deep.equal({ reason: 'smoke' });
    const second = (await ask(token, `?limit=2&cursor=${first.next ?? ''}`)).body as Page;
    expect([second.entries.map(({ id }) => id), second.next]).to.deep.equal([['16385'], null]);
  });

  it('is for those who may read it', async () => {
    expect((await ask(await gateway.signIn(gateway.people.operator))).status).to.equal(403);
    expect((await ask(await gateway.signIn(gateway.people.adminOperator))).status).to.equal(200);
  });

  it('gives members limited to tenants those of their tenants, and nobody’s to none of them', async () => {
    gateway.store.auditRows = [row(3, { tenant: 'acme' }), row(2, { tenant: 'other' }), row(1)];
    const { entries } = (await ask(await gateway.signInFor('acme', 'admin'))).body as Page;
    expect(entries.map(({ id }) => id)).to.deep.equal(['16387']);
  });

  it('shows a row that somebody garbled, too', async () => {
    gateway.store.auditRows = [row(2, { details: '[1]', action: 'nothing of ours' }), row(1)];
    const answer = await ask(await gateway.signIn(gateway.people.auditor));
    expect(answer.status).to.equal(200);
    expect((answer.body as Page).entries.map(({ details }) => details)).to.deep.equal([
      { unreadable: '[1]' },
      { reason: 'smoke' },
    ]);
  });

  for (const query of ['?actor=', '?outcome=maybe', '?from=yesterday', '?cursor=x', '?who=me'])
    it(`refuses ${query}`, async () => {
      const answer = await ask(await gateway.signIn(gateway.people.auditor), query);
      expect([answer.status, (answer.body as { code: string }).code]).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
    });
});

describe('GET /api/v1/audit/{id}/proof', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await testGateway();
    const message = {
      tenant: 'acme',
      device: 'press-07',
      epoch: 1,
      seq: 1,
      ts: 1,
      values: { temperature: 1 },
    };
    gateway.log.commit(gateway.log.seal([message]));
    gateway.store.auditRows = [row(0, { tenant: 'acme' })];
  });

  const ask = async (token: string, id = '16384'): Promise<Response> =>
    request(gateway.app).get(`/api/v1/audit/${id}/proof`).set('Authorization', `Bearer ${token}`);

  it('is of the row as it stands: one that was not anchored is not proven', async () => {
    const answer = await ask(await gateway.signIn(gateway.people.auditor));
    expect(answer.status, answer.text).to.equal(200);
    const evidence = entryEvidenceSchema.parse(answer.body);
    expect(evidence.entry).to.include({ actor: 'admin@operator', details: '{"reason":"smoke"}' });
    const broken = checkEntryEvidence(evidence).filter(({ ok }) => !ok);
    expect(broken.map(({ name }) => name)).to.deep.equal(['batch']);
  });

  it('is not for other tenants, who are told that there is no such entry', async () => {
    expect((await ask(await gateway.signInFor('acme', 'admin'))).status).to.equal(200);
    expect((await ask(await gateway.signInFor('other', 'admin'))).status).to.equal(404);
    gateway.store.auditRows = [row(0)];
    expect((await ask(await gateway.signInFor('acme', 'admin'))).status).to.equal(404);
    expect((await ask(await gateway.signIn(gateway.people.operator))).status).to.equal(403);
  });

  it('is refused for what no service can have written, and for what is not there', async () => {
    const token = await gateway.signIn(gateway.people.auditor);
    gateway.store.auditRows = [row(0, { action: 'nothing of ours' })];
    expect((await ask(token)).body).to.include({ code: 'EVIDENCE_INVALID' });
    expect((await ask(token, '17')).status).to.equal(404);
    expect((await ask(token, 'one')).status).to.equal(400);
  });
});
