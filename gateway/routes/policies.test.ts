import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { ACTIONS } from '../../chaincode/protocol/policy/actions.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { problemSchema } from '../http/problem.ts';
import { effectSchema } from '../policy/effects.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

const SUSPENDS: Rule = {
  id: 'operator-suspends',
  effect: 'allow',
  description: 'Operators suspend presses',
  who: { roles: ['operator'] },
  actions: ['device:suspend'],
  what: { own: 'organisation', types: ['press'] },
  when: {},
};
const WIDEN = { change: { put: [SUSPENDS], remove: [] }, reason: 'a press must be stopped at once' };
const NARROW = { change: { put: [], remove: ['admin-and-auditor-read-audit'] }, reason: 'not needed' };

describe('policy routes', () => {
  let gateway: TestGateway;
  let operatorAdmin: string;
  let manufacturerAdmin: string;
  let operator: string;
  let auditor: string;
  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [operatorAdmin, manufacturerAdmin, operator, auditor] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.adminManufacturer),
      gateway.signIn(people.operator),
      gateway.signIn(people.auditor),
    ]);
  });

  const get = (path: string, token = auditor) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body: object | undefined, token = operatorAdmin) =>
    request(gateway.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body);
  const decide = (id: string, verb: string, token = manufacturerAdmin) =>
    post(`/policies/proposals/${id}/${verb}`, undefined, token);
  const propose = async (body: object = WIDEN): Promise<string> =>
    textAt(await post('/policies/proposals', body), 'id');

  it('lists the rules', async () => {
    const ids = DEFAULT_RULES.map(({ id }) => id).sort();
    expect(pluck(await get('/policies/rules'), 'rules', 'id')).to.deep.equal(ids);
  });

  it('proposes in the member’s own name, and changes nothing before another organisation approves', async () => {
    const response = await post('/policies/proposals', WIDEN);
    expect(response.status).to.equal(201);
    expect(dig(response, 'status')).to.equal('proposed');
    expect(dig(response, 'proposed', 'name')).to.equal('admin@operator');
    expect(gateway.registry.rules).to.have.length(DEFAULT_RULES.length);
    const id = textAt(response, 'id');
    expect((await get(`/policies/proposals/${id}`)).body).to.deep.equal(response.body);

    const own = await decide(id, 'approve', operatorAdmin);
    expect([own.status, codeOf(own)]).to.deep.equal([403, 'FORBIDDEN']);
    const approved = await decide(id, 'approve');
    expect([approved.status, dig(approved, 'status'), dig(approved, 'decided', 'name')]).to.deep.equal([
      200,
      'applied',
      'admin@manufacturer',
    ]);
    expect(pluck(await get('/policies/rules'), 'rules', 'id')).to.include(SUSPENDS.id);
    const again = await decide(id, 'reject');
    expect([again.status, codeOf(again)]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
  });

  it('applies at once what only takes rights away', async () => {
    expect(dig(await post('/policies/proposals', NARROW), 'status')).to.equal('applied');
    expect(pluck(await get('/policies/rules'), 'rules', 'id')).to.not.include('admin-and-auditor-read-audit');
  });

  it('lets another organisation reject, and one’s own withdraw', async () => {
    expect(dig(await decide(await propose(), 'reject'), 'status')).to.equal('rejected');
    const id = await propose();
    expect((await decide(id, 'withdraw', manufacturerAdmin)).status).to.equal(403);
    expect(dig(await decide(id, 'withdraw', operatorAdmin), 'status')).to.equal('withdrawn');
  });

  it('keeps the channels apart, each of which has its own rules', async () => {
    const id = textAt(await post('/policies/proposals?channel=anchors', WIDEN), 'id');
    expect(gateway.anchorsChannel.proposals.has(id)).to.equal(true);
    expect(pluck(await get('/policies/proposals?channel=anchors'), 'proposals', 'id')).to.deep.equal([id]);
    expect(pluck(await get('/policies/proposals'), 'proposals', 'id')).to.deep.equal([]);
    expect(codeOf(await decide(id, 'approve'))).to.equal('NOT_FOUND');
    const path = `/policies/proposals/${id}/approve?channel=anchors`;
    expect(dig(await post(path, undefined, manufacturerAdmin), 'status')).to.equal('applied');
    expect(gateway.anchorsChannel.rules).to.have.length(DEFAULT_RULES.length + 1);
    expect(gateway.registry.rules).to.have.length(DEFAULT_RULES.length);
    expect(pluck(await get('/policies/rules?channel=anchors'), 'rules', 'id')).to.have.length(
      DEFAULT_RULES.length + 1,
    );
    expect((await get('/policies/rules?channel=another')).status).to.equal(400);
  });

  it('has proposals approved for thirty days, or until the instant that is asked for', async () => {
    const id = await propose();
    const soon = new Date(gateway.now() + 3_600_000).toISOString();
    expect(dig(await post('/policies/proposals', { ...WIDEN, expiresAt: soon }), 'expiresAt')).to.equal(soon);
    for (const wrong of ['tomorrow', null])
      expect((await post('/policies/proposals', { ...WIDEN, expiresAt: wrong })).status).to.equal(400);
    gateway.registry.now += 31 * 86_400_000;
    const late = await decide(id, 'approve');
    expect([late.status, codeOf(late)]).to.deep.equal([410, 'PROPOSAL_EXPIRED']);
    expect(dig(await decide(id, 'reject'), 'status')).to.equal('rejected');
  });

  it('lists proposals newest first, in pages, each once', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift(await propose());
    const first = await get('/policies/proposals?limit=2');
    const second = await get(`/policies/proposals?limit=2&cursor=${textAt(first, 'next')}`);
    const third = await get(`/policies/proposals?limit=2&cursor=${textAt(second, 'next')}`);
    const seen = [first, second, third].flatMap((page) => pluck(page, 'proposals', 'id'));
    expect(seen).to.deep.equal(made);
    expect(dig(third, 'next')).to.equal(null);
  });

  it('orders proposals of the same instant, too', async () => {
    const made = [];
    for (let count = 0; count < 4; count += 1) {
      made.push(await propose());
      gateway.registry.now -= 1_000;
    }
    const first = await get('/policies/proposals?limit=3');
    const second = await get(`/policies/proposals?limit=3&cursor=${textAt(first, 'next')}`);
    const seen = [first, second].flatMap((page) => pluck(page, 'proposals', 'id'));
    expect(seen).to.have.members(made);
  });

  for (const code of ['POLICY_CONFLICT', 'POLICY_LOCKOUT'] as const) {
    it(`passes on ${code} as 409 in the contract’s own words`, async () => {
      const id = await propose();
      gateway.registry.failure = new BiotError(code, 'rule x has changed since');
      const response = await decide(id, 'approve');
      expect([response.status, codeOf(response), dig(response, 'detail')]).to.deep.equal([
        409,
        code,
        'rule x has changed since',
      ]);
    });
  }

  it('shows and approves nothing that two organisations do not say alike', async () => {
    const id = await propose();
    const { registry } = gateway;
    for (const attempt of [
      () => get(`/policies/proposals/${id}`),
      () => get('/policies/proposals'),
      () => decide(id, 'approve'),
    ]) {
      registry.failure = new BiotError(
        'LEDGER_ENDORSE_FAILED',
        'the peer of OperatorMSP (127.0.0.1:7051) said',
      );
      const response = await attempt();
      expect([response.status, codeOf(response)]).to.deep.equal([502, 'LEDGER_ENDORSE_FAILED']);
      expect(response.text).to.not.contain('7051');
    }
    expect(registry.proposals.get(id)?.status).to.equal('proposed');
  });

  it('refuses changes that are none, and reasons that are none', async () => {
    const bodies = [
      {},
      { ...WIDEN, reason: ' ' },
      { ...WIDEN, change: { put: [], remove: [] } },
      { ...WIDEN, change: { put: [{ ...SUSPENDS, who: { roles: [] } }], remove: [] } },
      { ...WIDEN, change: { put: [{ ...SUSPENDS, actions: ['device:explode'] }], remove: [] } },
      { ...WIDEN, change: { put: [{ ...SUSPENDS, when: { networks: ['10.0.0.1/8'] } }], remove: [] } },
      { ...WIDEN, extra: 1 },
    ];
    for (const body of bodies) expect((await post('/policies/proposals', body)).status).to.equal(400);
    for (const id of ['x', 'AB'.repeat(32), `${'ab'.repeat(32)}0`])
      expect((await get(`/policies/proposals/${id}`)).status).to.equal(400);
    expect(codeOf(await get(`/policies/proposals/${'ab'.repeat(32)}`))).to.equal('NOT_FOUND');
  });

  it('explains a refusal, to oneself and about others', async () => {
    gateway.addDevice('press-07', { type: 'press' });
    const asked = { action: 'device:suspend', resource: { device: 'press-07' } };
    const own = await post('/policies/explain', asked, operator);
    expect([dig(own, 'allowed'), dig(own, 'rule')]).to.deep.equal([false, null]);
    expect(pluck(own, 'considered', 'rule')).to.include('admin-manages-own-devices');
    const subject = { name: 'admin@operator', org: 'OperatorMSP', role: 'admin', tenants: '*' };
    const other = await post('/policies/explain', { ...asked, subject }, auditor);
    expect([dig(other, 'allowed'), dig(other, 'rule')]).to.deep.equal([true, 'admin-manages-own-devices']);
    const unknown = await post('/policies/explain', { ...asked, resource: { device: 'press-08' } });
    expect(codeOf(unknown)).to.equal('DEVICE_UNKNOWN');
  });

  it('tells what a change would change for whom', async () => {
    gateway.addDevice('press-07', { type: 'press' });
    gateway.addDevice('press-08', { type: 'press' });
    gateway.addDevice('oven-01', { type: 'oven' });
    gateway.addDevice('press-09', { type: 'press', org: 'ManufacturerMSP' });
    const response = await post('/policies/dry-run', { change: WIDEN.change }, auditor);
    expect(dig(response, 'effects')).to.deep.equal([
      {
        ...{ allowed: true, now: true, moments: [] },
        rule: SUSPENDS.id,
        members: [{ org: 'OperatorMSP', name: 'operator@operator', role: 'operator', tenants: '*' }],
        actions: ['device:suspend'],
        on: [{ org: 'OperatorMSP', tenant: 'acme', type: 'press', groups: [], status: 'active' }],
      },
    ]);
    // Four people, three services, one action, three kinds of devices.
    expect(dig(response, 'asked')).to.deep.equal({
      members: 7,
      kinds: 3,
      questions: 21,
      moments: [],
      cut: false,
    });
    expect(gateway.registry.rules).to.have.length(DEFAULT_RULES.length);
  });

  it('tells what the platform’s services would lose', async () => {
    gateway.addDevice('press-07');
    for (const [id, service, actions] of [
      ['gateway-redeems-claims', 'gateway@operator', ['claim:redeem', 'claim:read']],
      ['guard-reads-registry', 'guard@operator', ['device:read', 'policy:read']],
    ] as const) {
      const response = await post('/policies/dry-run', { change: { put: [], remove: [id] } }, auditor);
      const lost = effectSchema.array().parse(dig(response, 'effects'));
      for (const { allowed, members } of lost)
        expect([allowed, members.map(({ name }) => name)]).to.deep.equal([false, [service]]);
      expect(lost.flatMap((effect) => effect.actions)).to.have.members([...actions]);
    }
  });

  it('tells what a rule would change when it begins to apply', async () => {
    gateway.addDevice('press-07', { type: 'press' });
    const [from, until] = ['2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z'];
    const change = { put: [{ ...SUSPENDS, when: { from, until } }], remove: [] };
    const response = await post('/policies/dry-run', { change }, auditor);
    expect(dig(response, 'asked', 'moments')).to.deep.equal([from, until].map((text) => Date.parse(text)));
    expect(pluck(response, 'effects', 'now')).to.deep.equal([false]);
    expect(pluck(response, 'effects', 'moments')).to.deep.equal([[Date.parse(from)]]);
  });

  it('tells what of a change it could not try', async () => {
    const stranger = { ...SUSPENDS, who: { members: ['new@operator'] }, what: {} };
    const change = { put: [stranger], remove: [] };
    const response = await post('/policies/dry-run', { change }, auditor);
    expect([dig(response, 'effects'), dig(response, 'untried')]).to.deep.equal([
      [],
      [{ rule: SUSPENDS.id, condition: 'members', values: ['new@operator'] }],
    ]);
  });

  it('tells that nobody who may not see the members', async () => {
    const response = await post('/policies/dry-run', { change: WIDEN.change }, operator);
    expect([response.status, codeOf(response)]).to.deep.equal([403, 'FORBIDDEN']);
    expect(response.text).to.contain('member:read').and.to.not.contain('auditor@auditor');
    expect(gateway.registry.questions).to.deep.equal([]);
  });

  it('says what a member may do', async () => {
    const actions = async (token: string) => dig(await get('/auth/permissions', token), 'actions');
    const reads = [
      'device:read',
      'type:read',
      'telemetry:read',
      'command:read',
      'alert:read',
      'alert-rule:read',
      'firmware:read',
      'rollout:read',
      'twin:read',
      'anchor:read',
      'policy:read',
    ];
    const operates = ['command:send', 'command:approve', 'command:cancel', 'alert:handle', 'twin:write'];
    expect(await actions(operator)).to.have.members([...reads, ...operates]);
    expect(await actions(auditor)).to.have.members([
      ...reads,
      'claim:read',
      'voucher:read',
      'audit:read',
      'report:read',
      'member:read',
      'notification:read',
      'stream:read',
    ]);
    const others = ['anchor:append', 'claim:redeem'];
    expect(await actions(operatorAdmin)).to.deep.equal(ACTIONS.filter((action) => !others.includes(action)));
  });

  it('goes on while our copy of the ledger is stale, where the contract judges', async () => {
    gateway.registry.fresh = false;
    expect((await get('/policies/rules')).status).to.equal(200);
    expect((await decide(await propose(), 'approve')).status).to.equal(200);
    const refused = await post('/policies/proposals', WIDEN, auditor);
    expect([refused.status, codeOf(refused)]).to.deep.equal([403, 'FORBIDDEN']);
    const dryRun = await post('/policies/dry-run', { change: WIDEN.change });
    expect([dryRun.status, codeOf(dryRun)]).to.deep.equal([503, 'LEDGER_STALE']);
  });
});
