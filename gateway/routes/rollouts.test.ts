import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { approvedRelease, newVendor, releaseDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import type { StoredRollout, StoredRolloutDevice } from '../../sql/queries/rollouts.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const VENDOR = newVendor();
const DRAFT = releaseDraft(VENDOR, Buffer.from('an image'));

function refusal(response: Response): [number, string] {
  return [response.status, problemSchema.parse(response.body).code];
}

describe('routes of rollouts', () => {
  let gateway: TestGateway;
  let admin: string;
  let operator: string;
  let auditor: string;

  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [admin, operator, auditor] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.operator),
      gateway.signIn(people.auditor),
    ]);
    gateway.firmware.put(approvedRelease(VENDOR, DRAFT));
  });

  const get = (path: string, token = auditor) =>
    request(gateway.app).get(`/api/v1/rollouts${path}`).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body?: object, token = admin) =>
    request(gateway.app).post(`/api/v1/rollouts${path}`).set('Authorization', `Bearer ${token}`).send(body);
  const asked = (fields: object = {}) => ({
    tenant: 'acme',
    release: DRAFT.id,
    phases: [{ percent: 100, successPercent: 80, failurePercent: 20 }],
    ratePerMinute: 60,
    approval: false,
    ...fields,
  });

  /** As ingest writes it. */
  function stored(fields: Partial<StoredRollout> = {}): StoredRollout {
    const id = fields.id ?? randomUUID();
    const row: StoredRollout = {
      ...{ id, state: 'running', definition: ledgerRollout({ id }), phase: 1, devices: 3 },
      ...{ createdAt: 1_000, startedAt: 1_100, finishedAt: null, message: null },
      ...{ counts: { succeeded: 2, failed: 1 }, phases: [{ phase: 1, counts: { succeeded: 2, failed: 1 } }] },
      ...fields,
    };
    gateway.store.rolloutRows.push(row);
    return row;
  }

  function storedDevice(device: string, fields: Partial<StoredRolloutDevice> = {}): StoredRolloutDevice {
    return {
      ...{ device, phase: 1, state: 'succeeded', since: 2_000, attempts: 1, notifiedAt: 1_500 },
      ...{ finishedAt: 2_000, deadline: null, message: null, updatedAt: 2_000 },
      ...fields,
    };
  }

  it('create one with the member’s key, and answer with where it is', async () => {
    const id = randomUUID();
    const created = await post('', asked({ id }));
    expect(created.status, created.text).to.equal(201);
    expect(created.headers['location']).to.equal(`/api/v1/rollouts/${id}`);
    expect(created.body).to.include({
      id,
      state: 'running',
      type: 'thermometer',
      version: '1.2.0',
      progress: null,
    });
    expect(textAt(created, 'created', 'name')).to.equal('admin@operator');
    const shown = await get(`/${id}`);
    expect(shown.status, shown.text).to.equal(200);
    expect(shown.body, 'until ingest has it').to.deep.equal(created.body);
  });

  it('refuse what is no rollout, whose release is not there, and who may not', async () => {
    expect(refusal(await post('', asked({ phases: [] })))).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(refusal(await post('', asked({ ratePerMinute: null })))).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(refusal(await post('', asked({ release: 'b'.repeat(64) })))).to.deep.equal([404, 'NOT_FOUND']);
    expect(refusal(await post('', asked(), operator))).to.deep.equal([403, 'FORBIDDEN']);
  });

  it('say how far one is, of all phases and of each', async () => {
    const { id } = stored({ state: 'stopped', message: 'phase 1: 33 % failed' });
    const shown = await get(`/${id}`);
    expect(shown.status, shown.text).to.equal(200);
    expect(shown.body).to.include({ id, state: 'stopped' });
    expect(dig(shown, 'progress')).to.deep.equal({
      ...{ phase: 1, devices: 3, counts: { succeeded: 2, failed: 1 } },
      ...{ phases: [{ phase: 1, counts: { succeeded: 2, failed: 1 } }] },
      ...{ startedAt: 1_100, finishedAt: null, message: 'phase 1: 33 % failed' },
    });
    expect(refusal(await get(`/${randomUUID()}`))).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('list them newest first, page by page', async () => {
    const ids = [1, 2, 3].map((createdAt) => stored({ createdAt }).id).reverse();
    const first = await get('?limit=2', operator);
    expect(pluck(first, 'rollouts', 'id')).to.deep.equal(ids.slice(0, 2));
    const rest = await get(`?limit=2&cursor=${textAt(first, 'next')}`, operator);
    expect(pluck(rest, 'rollouts', 'id')).to.deep.equal(ids.slice(2));
    expect(dig(rest, 'next')).to.equal(null);
  });

  it('show nothing of other tenants', async () => {
    const { id } = stored();
    const stranger = await gateway.signInFor('other', 'operator');
    expect(pluck(await get('', stranger), 'rollouts', 'id')).to.deep.equal([]);
    for (const part of ['', '/devices'])
      expect(refusal(await get(`/${id}${part}`, stranger)), part).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('list its devices with what they said, of a state, page by page', async () => {
    const { id } = stored();
    gateway.store.rolloutDeviceRows.set(id, [
      storedDevice('press-07', { state: 'failed', message: 'hash wrong' }),
      storedDevice('press-08'),
      storedDevice('press-09'),
    ]);
    const failed = await get(`/${id}/devices?state=failed`);
    expect(failed.status, failed.text).to.equal(200);
    expect(pluck(failed, 'devices', 'message')).to.deep.equal(['hash wrong']);
    const first = await get(`/${id}/devices?limit=2`);
    const rest = await get(`/${id}/devices?limit=2&cursor=${textAt(first, 'next')}`);
    expect(pluck(rest, 'devices', 'device')).to.deep.equal(['press-09']);
    expect(refusal(await get(`/${randomUUID()}/devices`))).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('pause, resume and cancel, each with what the ledger says then', async () => {
    const id = randomUUID();
    await post('', asked({ id }));
    expect(refusal(await post(`/${id}/pause`, {}))).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(refusal(await post(`/${id}/pause`, { reason: 'noise' }, operator))).to.deep.equal([
      403,
      'FORBIDDEN',
    ]);
    const paused = await post(`/${id}/pause`, { reason: 'noise' });
    expect(paused.body).to.include({ state: 'paused', reason: 'noise' });
    expect((await post(`/${id}/resume`)).body).to.include({ state: 'running', reason: null });
    expect((await post(`/${id}/cancel`, { reason: 'it restarts' })).body).to.have.property(
      'state',
      'cancelled',
    );
    expect(refusal(await post(`/${id}/resume`))).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
  });

  it('have nobody approve one’s own', async () => {
    const id = randomUUID();
    expect((await post('', asked({ id, approval: true }))).body).to.have.property(
      'state',
      'pending approval',
    );
    expect(refusal(await post(`/${id}/approve`))).to.deep.equal([403, 'FORBIDDEN']);
  });
});
