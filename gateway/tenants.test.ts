/** What members see who serve some tenants alone: everything of theirs, and of others not even that it is there. */
import { expect } from 'chai';
import request, { type Response } from 'supertest';
import { z } from 'zod';

import type { PolicyChange } from '../chaincode/protocol/policy/change.ts';
import type { Rule } from '../chaincode/protocol/policy/rule.ts';
import { LiveHub } from './live/live-hub.ts';
import type { LiveSocket } from './live/live-connection.ts';
import type { LiveSource } from './live/live-source.ts';
import { dig, pluck, textAt } from './testing/answers.ts';
import { newPublicKey, type TestGateway, testGateway } from './testing/gateway.ts';

const TS = 1_700_000_000_000;

function rule(id: string, fields: Partial<Rule> = {}): Rule {
  const plain = {
    effect: 'allow',
    description: id,
    who: {},
    actions: ['device:suspend'],
    what: {},
    when: {},
  } as const;
  return { id, ...plain, actions: ['device:suspend'], ...fields };
}

function change(...put: Rule[]): PolicyChange {
  return { put, remove: [] };
}

class Source implements LiveSource {
  #listener: (topic: string, payload: Uint8Array) => void = () => undefined;
  listen(listener: (topic: string, payload: Uint8Array) => void): void {
    this.#listener = listener;
  }
  watch(): void {
    // What is watched decides nothing.
  }
  reading(device: string, tenant: string): void {
    const reading = { device, tenant, seq: 1, ts: TS, values: { temperature: 1 } };
    this.#listener(`biot/live/${tenant}/${device}`, Buffer.from(JSON.stringify(reading)));
  }
}

class Ear implements LiveSocket {
  readonly bufferedAmount = 0;
  readonly heard: string[] = [];
  send(text: string): void {
    const frame = frameSchema.parse(JSON.parse(text));
    if (frame.type === 'reading') this.heard.push(`${String(frame.tenant)} ${String(frame.device)}`);
  }
  close(): void {
    // Nobody is at the other end.
  }
  terminate(): void {
    // Nor here.
  }
}

const frameSchema = z.looseObject({ type: z.string() });

describe('tenants', () => {
  let gateway: TestGateway;
  let acme: string;
  let beta: string;
  let nobody: string;
  let whole: string;

  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('a-1');
    gateway.addDevice('a-2', { status: 'suspended' });
    gateway.addDevice('b-1', { tenant: 'beta', groups: ['vault'] });
    acme = await gateway.signInFor('acme', 'admin');
    beta = await gateway.signInFor('beta', 'admin');
    nobody = await gateway.signInFor('', 'admin');
    whole = await gateway.signIn(gateway.people.adminOperator);
  });

  const get = (path: string, token: string) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body: object, token: string) =>
    request(gateway.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body);

  /** All that an answer tells, but for ids that differ in any two answers. */
  function told({ status, body }: Response, id: string): string {
    return JSON.stringify([status, body])
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
      .replaceAll(id, 'ID');
  }

  it('are what a list of devices is of, and the numbers of the overview', async () => {
    gateway.log.seal([
      { tenant: 'acme', device: 'a-1', epoch: 1, seq: 1, ts: TS, values: { temperature: 1 } },
      { tenant: 'beta', device: 'b-1', epoch: 1, seq: 1, ts: TS, values: { temperature: 2 } },
    ]);
    const seen = async (token: string): Promise<unknown[]> => {
      const overview = await get('/overview', token);
      return [
        pluck(await get('/devices', token), 'devices', 'id'),
        dig(overview, 'devices', 'total'),
        dig(overview, 'messages', 'total'),
      ];
    };
    expect(await seen(acme)).to.deep.equal([['a-1', 'a-2'], 2, 1]);
    expect(await seen(beta)).to.deep.equal([['b-1'], 1, 1]);
    expect(await seen(nobody)).to.deep.equal([[], 0, 0]);
    expect(await seen(whole)).to.deep.equal([['a-1', 'a-2', 'b-1'], 3, 10]);
    expect(pluck(await get('/devices?search=beta', acme), 'devices', 'id')).to.deep.equal([]);
  });

  for (const path of ['', '/history', '/telemetry', '/sensors', '/telemetry/rollup?sensor=temperature'])
    it(`cannot be told from nothing by /devices/{id}${path}`, async () => {
      const [other, none] = [await get(`/devices/b-1${path}`, acme), await get(`/devices/x-1${path}`, acme)];
      expect([other.status, dig(other, 'code')]).to.deep.equal([404, 'DEVICE_UNKNOWN']);
      expect(told(other, 'b-1')).to.equal(told(none, 'x-1'));
      expect((await get(`/devices/b-1${path}`, beta)).status).to.equal(200);
      expect(told(await get(`/devices/b-1${path}`, nobody), 'b-1')).to.equal(told(none, 'x-1'));
    });

  for (const verb of ['activate', 'suspend', 'revoke'])
    it(`cannot be told from nothing by ${verb}, which the ledger answers in both cases`, async () => {
      const [other, none] = [
        await post(`/devices/b-1/${verb}`, { reason: 'test' }, acme),
        await post(`/devices/x-1/${verb}`, { reason: 'test' }, acme),
      ];
      expect([other.status, dig(other, 'code')]).to.deep.equal([404, 'DEVICE_UNKNOWN']);
      expect(told(other, 'b-1')).to.equal(told(none, 'x-1'));
    });

  it('bound where devices are registered', async () => {
    const register = (tenant: string) => {
      const { publicKey } = newPublicKey();
      return post('/devices', { devices: [{ id: 'new', tenant, type: 'thermometer', publicKey }] }, acme);
    };
    const refused = await register('beta');
    expect([refused.status, dig(refused, 'code')]).to.deep.equal([403, 'FORBIDDEN']);
    expect((await register('acme')).status).to.equal(201);
  });

  it('own rows, not devices: who gets a device does not get what it sent as another’s', async () => {
    const values = (temperature: number) => ({ values: { temperature } });
    const before = { tenant: 'beta', device: 'a-1', epoch: 1, seq: 1, ts: TS, ...values(1) };
    const since = { tenant: 'acme', device: 'a-1', epoch: 1, seq: 2, ts: TS + 60_000, ...values(2) };
    for (const message of [before, since]) gateway.log.commit(gateway.log.seal([message]));
    expect(pluck(await get('/devices/a-1/telemetry', acme), 'readings', 'value')).to.deep.equal([2]);
    expect(dig(await get('/devices/a-1/telemetry/rollup?sensor=temperature', acme), 'from')).to.equal(
      TS + 60_000,
    );
    expect(pluck(await get('/devices/a-1/telemetry', whole), 'readings', 'value')).to.deep.equal([2, 1]);
    const [first, second] = gateway.store.rows.map(({ id }) => id.toString());
    expect((await get(`/telemetry/${second!}/proof`, acme)).status).to.equal(200);
    const hidden = await get(`/telemetry/${first!}/proof`, acme);
    expect(hidden.status).to.equal(404);
    expect(told(hidden, first!)).to.equal(told(await get('/telemetry/77/proof', acme), '77'));
  });

  it('keep a reading that has no proof yet from being told from one that is not there', async () => {
    gateway.log.seal([
      { tenant: 'beta', device: 'b-1', epoch: 1, seq: 1, ts: TS, values: { temperature: 1 } },
    ]);
    const id = gateway.store.rows[0]!.id.toString();
    expect(dig(await get(`/telemetry/${id}/proof`, beta), 'code')).to.equal('NOT_ANCHORED');
    expect(dig(await get(`/telemetry/${id}/proof`, acme), 'code')).to.equal('NOT_FOUND');
  });

  it('limit which rules and proposals are seen, and which may be proposed', async () => {
    const ofBeta = rule('of-beta', { what: { tenants: ['beta'] } });
    gateway.registry.rules = [...gateway.registry.rules, ofBeta, rule('of-all')];
    const ids = async (token: string) => pluck(await get('/policies/rules', token), 'rules', 'id');
    expect(await ids(acme))
      .to.include('of-all')
      .and.not.include('of-beta');
    expect(await ids(beta)).to.include.members(['of-all', 'of-beta']);
    const propose = (token: string, ...put: Rule[]) =>
      post('/policies/proposals', { change: change(...put), reason: 'test' }, token);
    expect((await propose(acme, rule('mine'))).status).to.equal(403);
    const made = await propose(acme, rule('mine', { what: { tenants: ['acme'] } }));
    expect(made.status).to.equal(201);
    expect(dig(made, 'scope')).to.deep.equal({ consortium: false, tenants: ['acme'] });
    expect(pluck(await get('/policies/proposals', acme), 'proposals', 'id')).to.have.length(1);
    expect(pluck(await get('/policies/proposals', beta), 'proposals', 'id')).to.deep.equal([]);
    expect((await get(`/policies/proposals/${textAt(made, 'id')}`, beta)).status).to.equal(404);
  });

  it('limit of whom and of what a dry run tells', async () => {
    gateway.addDevice('b-2', { tenant: 'beta', org: 'ManufacturerMSP' });
    const everybody = change(
      rule('all-suspend'),
      rule('spy', { what: { devices: ['b-1'] }, actions: ['device:revoke'] }),
    );
    const dryRun = (token: string) => post('/policies/dry-run', { change: everybody }, token);
    const [own, others] = [await dryRun(acme), await dryRun(whole)];
    expect([own.status, others.status]).to.deep.equal([200, 200]);
    expect(JSON.stringify(others.body)).to.include('beta-admin@operator').and.include('vault');
    expect(JSON.stringify([dig(own, 'effects'), dig(own, 'asked')])).to.not.match(/beta|b-1|b-2|vault/);
    // What the asker named is there no more than what nobody has.
    expect(dig(own, 'untried')).to.deep.equal([{ rule: 'spy', condition: 'devices', values: ['b-1'] }]);
    expect(dig(others, 'untried')).to.deep.equal([]);
    expect(JSON.stringify(own.body)).to.include('operator@operator');
    expect(dig(own, 'asked', 'kinds')).to.equal(2);
  });

  it('keep a rule of theirs from showing by what a dry run asks about', async () => {
    const hidden = rule('beta-rule', {
      what: { tenants: ['beta'] },
      actions: ['device:revoke', 'device:label'],
    });
    gateway.registry.rules = [...gateway.registry.rules, hidden];
    const asked = async (id: string): Promise<unknown> =>
      dig(await post('/policies/dry-run', { change: { put: [], remove: [id] } }, acme), 'asked');
    expect(await asked('beta-rule')).to.deep.equal(await asked('no-such-rule'));
  });

  it('keep live values from those who do not serve their tenant, whatever they watch', async () => {
    const { tokens, sessions, clock, policy, fleet } = gateway.parts;
    const source = new Source();
    const hub = new LiveHub({ source, tokens, sessions, clock, policy, fleet });
    const listen = async (token: string, devices: unknown): Promise<Ear> => {
      const ear = new Ear();
      const connection = hub.add(ear, '127.0.0.1');
      for (const frame of [
        { type: 'sign-in', token },
        { type: 'watch', devices },
      ])
        connection.receive(JSON.stringify(frame));
      while (connection.watched !== '*' && connection.watched.size === 0)
        await new Promise((resolve) => setImmediate(resolve));
      return ear;
    };
    const ears = [
      await listen(acme, '*'),
      await listen(acme, ['a-1', 'b-1']),
      await listen(beta, '*'),
      await listen(nobody, '*'),
      await listen(whole, '*'),
    ];
    source.reading('a-1', 'acme');
    source.reading('b-1', 'beta');
    // What the device sent as another's, when it has just become theirs.
    source.reading('a-1', 'beta');
    expect(ears.map(({ heard }) => heard)).to.deep.equal([
      ['acme a-1'],
      ['acme a-1'],
      ['beta b-1', 'beta a-1'],
      [],
      ['acme a-1', 'beta b-1', 'beta a-1'],
    ]);
    hub.closeAll();
  });

  it('limit what is explained', async () => {
    const explain = (resource: object, token: string) =>
      post('/policies/explain', { action: 'device:suspend', resource }, token);
    expect(told(await explain({ device: 'b-1' }, acme), 'b-1')).to.equal(
      told(await explain({ device: 'x-1' }, acme), 'x-1'),
    );
    expect((await explain({ device: 'b-1' }, beta)).body).to.include({ allowed: true });
    expect((await explain({ tenant: 'beta' }, acme)).body).to.deep.include({
      allowed: false,
      considered: [],
    });
  });

  it('limit which members are known, and what is told of those who serve others, too', async () => {
    await gateway.signInFor('acme,beta', 'operator');
    const members = async (token: string) =>
      pluck(await get('/members', token), 'members', 'name', 'tenants');
    const all = await members(acme);
    expect(all).to.deep.include.members([
      ['acme-admin@operator', ['acme']],
      ['acme-beta-operator@operator', ['acme']],
      ['admin@operator', '*'],
    ]);
    expect(JSON.stringify(all)).to.not.include('beta-admin');
    expect(await members(whole)).to.deep.include(['acme-beta-operator@operator', ['acme', 'beta']]);
  });

  it('are told to who is signed in, with what may be done within them', async () => {
    expect(dig(await get('/auth/me', acme), 'tenants')).to.deep.equal(['acme']);
    const actions = async (token: string) => dig(await get('/auth/permissions', token), 'actions');
    expect(await actions(acme)).to.include.members(['device:register', 'policy:propose']);
    expect(await actions(nobody))
      .to.include('policy:read')
      .and.not.include('device:register');
    gateway.registry.rules = [
      ...gateway.registry.rules,
      rule('stop-acme', { effect: 'deny', actions: ['device:register'], what: { tenants: ['acme'] } }),
    ];
    expect(await actions(acme)).to.not.include('device:register');
    expect(await actions(beta)).to.include('device:register');
  });

  it('have no part in anchors, which are fingerprints', async () => {
    gateway.log.seal([
      { tenant: 'beta', device: 'b-1', epoch: 1, seq: 1, ts: TS, values: { temperature: 1 } },
    ]);
    const answer = await get('/anchors', acme);
    expect(pluck(answer, 'anchors', 'sequence')).to.deep.equal([0]);
    expect(JSON.stringify(answer.body)).to.not.match(/beta|b-1/);
  });
});
