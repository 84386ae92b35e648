/** What people see and may do when the rules on the ledger are not those that a consortium begins with. */
import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import { Judge } from './judge.ts';

function rule(id: string, fields: Partial<Rule>): Rule {
  return { id, effect: 'allow', description: id, who: {}, actions: [], what: {}, when: {}, ...fields };
}

const HALL_7 = rule('operator-reads-hall-7', {
  who: { roles: ['operator'] },
  actions: ['device:read', 'telemetry:read'],
  what: { groups: ['hall-7'] },
});
const NO_SPY = rule('nobody-reads-spy', {
  effect: 'deny',
  actions: ['device:read', 'telemetry:read'],
  what: { devices: ['spy-01'] },
});
/** The first rules without those by which operators read everything. */
const OTHERS = DEFAULT_RULES.map((first) =>
  first.id === 'people-and-gateway-read-fleet' ? { ...first, who: { roles: ['admin', 'auditor'] } } : first,
) satisfies readonly unknown[] as readonly Rule[];

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('judging by the ledger’s rules', () => {
  let gateway: TestGateway;
  let operator: string;
  let admin: string;
  beforeEach(async () => {
    gateway = await testGateway();
    operator = await gateway.signIn(gateway.people.operator);
    admin = await gateway.signIn(gateway.people.adminOperator);
    gateway.addDevice('press-07', { groups: ['hall-7'] });
    gateway.addDevice('press-08', { groups: ['hall-8'] });
    gateway.addDevice('spy-01', { groups: ['hall-7'], status: 'suspended' });
    gateway.registry.rules = [...OTHERS, HALL_7, NO_SPY];
  });

  const get = (path: string, token = operator) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const suspend = (id: string, token = admin) =>
    request(gateway.app)
      .post(`/api/v1/devices/${id}/suspend`)
      .set('Authorization', `Bearer ${token}`)
      .send({ reason: 'test' });

  it('lists only devices that the member may read, in full pages', async () => {
    for (const id of ['a', 'b', 'c']) gateway.addDevice(id, { groups: ['hall-8'] });
    gateway.addDevice('d', { groups: ['hall-7'] });
    const page = await get('/devices?limit=1');
    expect(pluck(page, 'devices', 'id')).to.deep.equal(['d']);
    const next = await get(`/devices?limit=1&cursor=${String(dig(page, 'next'))}`);
    expect(pluck(next, 'devices', 'id')).to.deep.equal(['press-07']);
    expect(dig(next, 'next')).to.equal(null);
  });

  it('counts only devices that the member may read, those that a rule names one by one, too', async () => {
    expect(dig(await get('/overview'), 'devices')).to.deep.equal({
      total: 1,
      registered: 0,
      active: 1,
      suspended: 0,
      revoked: 0,
    });
    expect(dig(await get('/overview', admin), 'devices', 'total')).to.equal(2);
  });

  it('refuses every route of another device, with the reason', async () => {
    for (const id of ['press-08', 'spy-01']) {
      for (const path of ['', '/telemetry', '/sensors', '/telemetry/rollup?sensor=temperature', '/history']) {
        const response = await get(`/devices/${id}${path}`);
        expect([response.status, codeOf(response)], path).to.deep.equal([403, 'FORBIDDEN']);
      }
      expect((await get(`/devices/press-07`)).status).to.equal(200);
    }
    expect(dig(await get('/devices/spy-01'), 'detail')).to.include('nobody-reads-spy');
  });

  it('refuses the evidence of another device’s readings', async () => {
    const reading = { tenant: 'acme', epoch: 1, seq: 1, ts: 1_700_000_000_000, values: { temperature: 1 } };
    for (const device of ['press-07', 'press-08'])
      gateway.log.commit(gateway.log.seal([{ ...reading, device }]));
    const [first, second] = gateway.store.rows.map(({ id }) => id.toString());
    expect((await get(`/telemetry/${first}/proof`)).status).to.equal(200);
    expect(codeOf(await get(`/telemetry/${second}/proof`))).to.equal('FORBIDDEN');
  });

  it('refuses at the door those to whom no rule allows it on anything', async () => {
    gateway.registry.rules = OTHERS;
    expect(codeOf(await get('/devices'))).to.equal('FORBIDDEN');
    gateway.registry.rules = [
      ...OTHERS,
      HALL_7,
      rule('nobody', { effect: 'deny', actions: ['device:read'] }),
    ];
    expect(dig(await get('/devices'), 'detail')).to.include('nobody');
  });

  it('says with each device what may be done with it', async () => {
    gateway.registry.rules = [
      ...gateway.registry.rules,
      rule('operator-suspends', {
        who: { roles: ['operator'] },
        actions: ['device:suspend'],
        what: { groups: ['hall-7'] },
        when: { statuses: ['active'] },
      }),
    ];
    expect(dig(await get('/devices/press-07'), 'allowed')).to.deep.equal(['device:suspend', 'twin:write']);
    expect((await suspend('press-07', operator)).status).to.equal(200);
    expect(dig(await get('/devices/press-07'), 'allowed')).to.deep.equal(['twin:write']);
  });

  it('takes effect with the next request', async () => {
    expect((await suspend('press-07')).status).to.equal(200);
    gateway.registry.rules = [...OTHERS, rule('stop', { effect: 'deny', actions: ['device:suspend'] })];
    expect(codeOf(await suspend('press-08'))).to.equal('FORBIDDEN');
  });

  it('knows the time, and from where somebody asks', async () => {
    const readable = async (when: Rule['when']) => {
      gateway.registry.rules = [...OTHERS, { ...HALL_7, when }];
      return (await get('/devices/press-07')).status;
    };
    const minute = (shift: number) => new Date(gateway.now() + shift).toISOString();
    expect(await readable({ networks: ['127.0.0.0/8', '::1/128'] })).to.equal(200);
    expect(await readable({ networks: ['10.0.0.0/8'] })).to.equal(403);
    expect(await readable({ from: minute(-60_000), until: minute(60_000) })).to.equal(200);
    expect(await readable({ until: minute(-60_000) })).to.equal(403);
  });

  it('leaves the zone of an address out', () => {
    const { policy, clock } = gateway.parts;
    gateway.registry.rules = [{ ...HALL_7, who: {}, what: {}, when: { networks: ['fe80::/10'] } }];
    const subject = { name: 'a@operator', org: 'OperatorMSP', role: 'operator', tenants: '*' } as const;
    const judge = new Judge({ policy, clock, subject, address: 'fe80::1%eth0', whenSilent: 'nothing' });
    expect(judge.allows('device:read', {})).to.equal(true);
  });

  describe('while the ledger is silent', () => {
    beforeEach(() => {
      gateway.registry.fresh = false;
    });

    it('shows no devices', async () => {
      for (const path of ['/devices', '/devices/press-07'])
        expect(codeOf(await get(path))).to.equal('LEDGER_STALE');
    });

    it('shows what is stored to those who might read it when it fell silent, and to no others', async () => {
      expect((await get('/devices/press-07/telemetry')).status).to.equal(200);
      expect((await get('/devices/press-08/telemetry')).status).to.equal(403);
      expect((await get('/overview')).status).to.equal(200);
      expect((await get('/anchors', admin)).status).to.equal(200);
    });

    it('shows nothing to anybody when no rule was ever heard of', async () => {
      gateway.registry.rules = [];
      for (const path of ['/devices/press-07/telemetry', '/overview', '/auth/permissions']) {
        const response = await get(path);
        expect([response.status, codeOf(response)], path).to.deep.equal([503, 'LEDGER_STALE']);
      }
    });

    it('leaves changes to the contract, which refuses by rules that we may not have', async () => {
      expect((await suspend('press-07')).status).to.equal(200);
      expect(codeOf(await suspend('press-08', operator))).to.equal('FORBIDDEN');
    });
  });
});
