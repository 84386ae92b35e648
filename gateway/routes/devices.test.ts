import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { newPublicKey, type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('device routes', () => {
  let gateway: TestGateway;
  let operatorAdmin: string;
  let manufacturerAdmin: string;
  let auditor: string;
  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [operatorAdmin, manufacturerAdmin, auditor] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.adminManufacturer),
      gateway.signIn(people.auditor),
    ]);
  });

  const get = (path: string, token = auditor) =>
    request(gateway.app).get(path).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body: object, token = operatorAdmin) =>
    request(gateway.app).post(path).set('Authorization', `Bearer ${token}`).send(body);

  it('lists devices by id, in pages, each once', async () => {
    for (const id of ['d', 'b', 'a', 'e', 'c']) gateway.addDevice(id);
    gateway.store.seen.set('b', 1_700_000_000_000);
    const first = await get('/api/v1/devices?limit=2');
    expect(pluck(first, 'devices', 'id', 'lastSeen')).to.deep.equal([
      ['a', null],
      ['b', 1_700_000_000_000],
    ]);
    const second = await get(`/api/v1/devices?limit=2&cursor=${textAt(first, 'next')}`);
    const third = await get(`/api/v1/devices?limit=2&cursor=${textAt(second, 'next')}`);
    const rest = [second, third].flatMap((page) => pluck(page, 'devices', 'id'));
    expect(rest).to.deep.equal(['c', 'd', 'e']);
    expect(dig(third, 'next')).to.equal(null);
  });

  it('ends a list whose last page is full', async () => {
    for (const id of ['a', 'b']) gateway.addDevice(id);
    expect(dig(await get('/api/v1/devices?limit=2'), 'next')).to.equal(null);
  });

  it('filters by status, type and a part of a name', async () => {
    gateway.addDevice('press-01', { status: 'suspended' });
    gateway.addDevice('press-02');
    gateway.addDevice('oven-01', { type: 'oven', tenant: 'bakery' });
    const ids = async (query: string) => pluck(await get(`/api/v1/devices?${query}`), 'devices', 'id');
    expect(await ids('status=suspended')).to.deep.equal(['press-01']);
    expect(await ids('type=oven')).to.deep.equal(['oven-01']);
    expect(await ids('search=PRESS')).to.deep.equal(['press-01', 'press-02']);
    expect(await ids('search=bake')).to.deep.equal(['oven-01']);
    expect(await ids('search=')).to.have.length(3);
    expect(await ids('status=active&search=press')).to.deep.equal(['press-02']);
  });

  it('shows a device that came after the list was sorted', async () => {
    gateway.addDevice('b');
    await get('/api/v1/devices');
    gateway.addDevice('a');
    expect(dig(await get('/api/v1/devices'), 'devices')).to.have.length(2);
  });

  it('says whether devices are there, and lists those that are', async () => {
    const sleeping = { state: 'sleeping', since: 5, reason: null, wakesAt: 9 } as const;
    gateway.store.presences.set('press-07', sleeping);
    for (const id of ['press-06', 'press-07']) gateway.addDevice(id);
    const all = await get('/api/v1/devices?presence=sleeping');
    expect(pluck(all, 'devices', 'id', 'presence')).to.deep.equal([['press-07', sleeping]]);
    const events = await get('/api/v1/devices/press-07/presence');
    expect(events.body).to.deep.equal({ events: [{ state: 'sleeping', reason: null, at: 5 }] });
  });

  it('shows a device as the ledger has it', async () => {
    const { device } = gateway.addDevice('press-07');
    const response = await get('/api/v1/devices/press-07');
    expect(response.status).to.equal(200);
    expect(response.body).to.deep.equal({ ...device, lastSeen: null, presence: null, allowed: [] });
    expect(codeOf(await get('/api/v1/devices/press-08'))).to.equal('DEVICE_UNKNOWN');
  });

  it('does not answer about devices from a copy of the ledger that may be old', async () => {
    gateway.addDevice('press-07');
    gateway.registry.fresh = false;
    for (const path of ['/api/v1/devices', '/api/v1/devices/press-07']) {
      const response = await get(path);
      expect(response.status).to.equal(503);
      expect(codeOf(response)).to.equal('LEDGER_STALE');
    }
  });

  it('registers devices for the member’s own organisation, with the member’s own key', async () => {
    const registration = {
      id: 'press-09',
      tenant: 'acme',
      type: 'meter',
      ...{ publicKey: newPublicKey().publicKey },
    };
    const response = await post('/api/v1/devices', { devices: [registration] });
    expect(response.status).to.equal(201);
    expect(dig(response, 'devices', 0)).to.include({
      id: 'press-09',
      org: 'OperatorMSP',
      by: 'admin@operator',
      status: 'registered',
    });
    const again = await post('/api/v1/devices', { devices: [registration] }, manufacturerAdmin);
    expect(again.status).to.equal(409);
    expect(codeOf(again)).to.equal('DEVICE_EXISTS');
  });

  it('takes a device through its life, and no other way', async () => {
    gateway.addDevice('press-07', { status: 'registered' });
    const change = (verb: string) => post(`/api/v1/devices/press-07/${verb}`, { reason: `to ${verb}` });
    const statuses = [];
    for (const verb of ['activate', 'suspend', 'activate', 'revoke'])
      statuses.push(dig(await change(verb), 'status'));
    expect(statuses).to.deep.equal(['active', 'suspended', 'active', 'revoked']);
    const back = await change('activate');
    expect(back.status).to.equal(409);
    expect(codeOf(back)).to.equal('TRANSITION_ILLEGAL');
    const history = await get('/api/v1/devices/press-07/history');
    expect(pluck(history, 'changes', 'status', 'reason', 'by')).to.deep.equal([
      ['revoked', 'to revoke', 'admin@operator'],
      ['active', 'to activate', 'admin@operator'],
      ['suspended', 'to suspend', 'admin@operator'],
      ['active', 'to activate', 'admin@operator'],
    ]);
    expect(dig(history, 'changes', 0, 'timestamp')).to.be.a('number');
    expect(dig(history, 'changes', 0)).to.include({ org: 'OperatorMSP', previousKey: null, transfer: null });
    expect(dig(history, 'changes', 0, 'keyFingerprint')).to.match(/^[0-9a-f]{64}$/);
  });

  it('wants a reason for each change', async () => {
    gateway.addDevice('press-07');
    for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(501) }, { reason: 7 }])
      expect((await post('/api/v1/devices/press-07/suspend', body)).status).to.equal(400);
    expect(gateway.registry.device('press-07')?.status).to.equal('active');
  });

  it('keeps an admin from another organisation’s devices', async () => {
    gateway.addDevice('press-07');
    const response = await post('/api/v1/devices/press-07/revoke', { reason: 'mine' }, manufacturerAdmin);
    expect(response.status).to.equal(403);
    expect(codeOf(response)).to.equal('FORBIDDEN');
    expect(gateway.registry.device('press-07')?.status).to.equal('active');
  });

  it('suspends also when its own copy of the ledger may be old: the contract decides', async () => {
    gateway.addDevice('press-07');
    gateway.registry.fresh = false;
    expect((await post('/api/v1/devices/press-07/suspend', { reason: 'stolen' })).status).to.equal(200);
    expect(codeOf(await post('/api/v1/devices/press-08/suspend', { reason: 'stolen' }))).to.equal(
      'DEVICE_UNKNOWN',
    );
  });

  it('answers when the change does not come back from the ledger in time', async () => {
    gateway.addDevice('press-07');
    gateway.registry.delivers = false;
    expect(dig(await post('/api/v1/devices/press-07/suspend', { reason: 'late' }), 'status')).to.equal(
      'suspended',
    );
  });

  const failures = [
    ['LEDGER_UNAVAILABLE', 503],
    ['LEDGER_TIMEOUT', 504],
    ['LEDGER_ENDORSE_FAILED', 502],
    ['LEDGER_COMMIT_UNKNOWN', 504],
  ] as const;
  for (const [code, status] of failures) {
    it(`passes on ${code} as ${status}`, async () => {
      gateway.addDevice('press-07');
      gateway.registry.failure = new BiotError(code, 'no connection to 10.1.2.3');
      const response = await post('/api/v1/devices/press-07/suspend', { reason: 'try' });
      expect(response.status).to.equal(status);
      expect(codeOf(response)).to.equal(code);
      expect(response.text).to.not.include('10.1.2.3');
    });
  }

  it('passes on what the contract says in its own words', async () => {
    gateway.addDevice('press-07');
    gateway.registry.failure = new BiotError('DEVICE_BUSY', 'changed by tx 7');
    const response = await post('/api/v1/devices/press-07/suspend', { reason: 'try' });
    expect(response.status).to.equal(409);
    expect(dig(response, 'detail')).to.equal('changed by tx 7');
  });

  it('counts the fleet', async () => {
    gateway.addDevice('a');
    gateway.addDevice('b', { status: 'revoked' });
    const overview = await get('/api/v1/overview');
    expect(dig(overview, 'devices')).to.deep.equal({
      total: 2,
      registered: 0,
      active: 1,
      suspended: 0,
      revoked: 1,
    });
    expect(dig(overview, 'ledger')).to.deep.equal({ fresh: true, height: 7, silentMs: 121 });
    expect(dig(overview, 'anchors')).to.deep.equal({ committed: 4, pending: 1, lastBlock: 12 });
  });
});
