import { expect } from 'chai';
import request, { type Response } from 'supertest';

import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { refreshMembership } from '../membership.ts';
import { dig } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function subscriptionOf(browser: string, auth = 'b'): object {
  return {
    endpoint: `https://push.example.com/${browser}`,
    keys: { p256dh: 'A'.repeat(87), auth: auth.repeat(22) },
  };
}

describe('browsers that are told of alerts', () => {
  let gateway: TestGateway;
  let admin: string;
  let beta: string;

  beforeEach(async () => {
    gateway = await testGateway();
    [admin, beta] = await Promise.all([
      gateway.signIn(gateway.people.adminOperator),
      gateway.signInFor('beta', 'operator'),
    ]);
  });

  function ask(method: 'put' | 'delete', body: object, token = admin): Promise<Response> {
    const asked = request(gateway.app)[method]('/api/v1/push-subscriptions').send(body);
    return asked.set('Authorization', `Bearer ${token}`).then((response) => response);
  }

  const subscribe = (browser: string, token = admin, auth = 'b'): Promise<Response> =>
    ask('put', { subscription: subscriptionOf(browser, auth), minimumSeverity: 'major' }, token);

  const told = (): unknown[] =>
    [...gateway.notifications.rows.values()].map(({ destination }) =>
      destination.kind === 'web-push'
        ? [destination.member, destination.tenants, destination.subscription.endpoint.split('/').at(-1)]
        : [],
    );

  it('are told what their member may know, once each, until they unsubscribe', async () => {
    for (const token of [admin, admin, beta])
      expect((await subscribe(token === beta ? 'two' : 'one', token)).status).to.equal(204);
    expect(told()).to.deep.equal([
      ['admin@operator', '*', 'one'],
      ['beta-operator@operator', ['beta'], 'two'],
    ]);
    const { endpoint } = subscriptionOf('one') as { endpoint: string };
    expect((await ask('delete', { endpoint }, beta)).status).to.equal(204);
    expect(told()).to.have.length(2);
    expect((await ask('delete', { endpoint })).status).to.equal(204);
    expect(told()).to.deep.equal([['beta-operator@operator', ['beta'], 'two']]);
  });

  it('are taken over by who signs in there next, and by nobody who only knows their address', async () => {
    await subscribe('one');
    await subscribe('one', beta, 'c');
    expect(told()).to.have.length(2);
    await subscribe('one', beta);
    expect(told().map((row) => (row as unknown[])[0])).to.deep.equal([
      'beta-operator@operator',
      'beta-operator@operator',
    ]);
  });

  it('are at most ten of a member, and in nobody’s list of channels', async () => {
    for (let browser = 0; browser < 12; browser += 1) {
      gateway.pass(1);
      await subscribe(`b${browser}`);
    }
    expect(told()).to.have.length(10);
    expect(told()).not.to.deep.include(['admin@operator', '*', 'b0']);
    const list = await request(gateway.app)
      .get('/api/v1/notification-channels')
      .set('Authorization', `Bearer ${admin}`);
    expect(list.body).to.deep.equal({ channels: [] });
  });

  it('are refused where the rules tie alerts to devices, and where the keys are none', async () => {
    const denies: Rule = {
      id: 'no-alerts-of-hall-7',
      effect: 'deny',
      description: 'Nobody reads alerts of hall 7',
      who: {},
      actions: ['alert:read'],
      what: { groups: ['hall-7'] },
      when: {},
    };
    gateway.registry.rules = [...gateway.registry.rules, denies];
    expect((await subscribe('one')).status).to.equal(403);
    const wrong = {
      subscription: { endpoint: 'https://push.example.com/1', keys: {} },
      minimumSeverity: 'major',
    };
    expect(dig(await ask('put', wrong), 'code')).to.equal('INVALID_ARGUMENT');
  });

  it('are told nothing any more when their member is none, or serves other tenants', async () => {
    await subscribe('one');
    await subscribe('two', beta);
    const authorities = gateway.parts.organisations.authorities;
    const refresh = (): Promise<void> =>
      refreshMembership({
        authorities: () => authorities,
        revoked: () => Promise.resolve(new Map()),
        parts: gateway.parts,
      });
    await refresh();
    expect(told()).to.have.length(2);
    gateway.store.memberRows.delete('beta-operator@operator');
    await refresh();
    expect(told()).to.deep.equal([['admin@operator', '*', 'one']]);
  });
});
