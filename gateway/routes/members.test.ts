import { expect } from 'chai';
import request from 'supertest';

import { ACTIONS } from '../../chaincode/protocol/policy/actions.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const READS = [
  'device:read',
  'type:read',
  'telemetry:read',
  'command:send',
  'command:approve',
  'command:cancel',
  'command:read',
  'alert:read',
  'alert:handle',
  'alert-rule:read',
  'firmware:read',
  'rollout:read',
  'twin:read',
  'twin:write',
  'anchor:read',
  'policy:read',
];

describe('the list of members', () => {
  let gateway: TestGateway;
  let token: string;
  beforeEach(async () => {
    gateway = await testGateway();
    token = await gateway.signIn(gateway.people.auditor);
  });

  const list = () => request(gateway.app).get('/api/v1/members').set('Authorization', `Bearer ${token}`);
  const named = async (name: string, ...path: string[]): Promise<unknown> => {
    const answer = await list();
    return dig(answer, 'members', pluck(answer, 'members', 'name').indexOf(name), ...path);
  };

  it('has people as their certificates say, and the writers of logs', async () => {
    expect(pluck(await list(), 'members', 'name', 'org', 'role')).to.deep.equal([
      ['admin@manufacturer', 'ManufacturerMSP', 'admin'],
      ['admin@operator', 'OperatorMSP', 'admin'],
      ['auditor@auditor', 'AuditorMSP', 'auditor'],
      ['ingest-1@operator', 'OperatorMSP', 'ingest'],
      ['operator@operator', 'OperatorMSP', 'operator'],
    ]);
  });

  it('says until when a certificate is valid, where there is one', async () => {
    const day = 86_400_000;
    const until = await named('operator@operator', 'certificate', 'notAfter');
    expect(until).to.be.within(gateway.now() + 29 * day, gateway.now() + 31 * day);
    expect(await named('ingest-1@operator', 'certificate')).to.equal(null);
  });

  it('says who signs elsewhere, and what the rules let them do', async () => {
    const { name } = gateway.people.adminOperator;
    expect(await named(name, 'signsIn')).to.equal(true);
    gateway.store.memberRows.delete(name);
    gateway.store.issued.push(gateway.people.adminOperator);
    expect(await named(name, 'signsIn')).to.equal(false);
    expect(await named(name, 'allowed')).to.include('device:register');
  });

  it('says what each may do by the rules of now', async () => {
    expect(await named('operator@operator', 'allowed')).to.deep.equal(READS);
    expect(await named('ingest-1@operator', 'allowed')).to.include('anchor:append');
    expect(await named('admin@operator', 'allowed')).to.deep.equal(
      ACTIONS.filter((action) => !['anchor:append', 'claim:redeem'].includes(action)),
    );
    const suspends: Rule = {
      id: 'operator-suspends',
      effect: 'allow',
      description: 'Operators suspend, from the plant',
      who: { roles: ['operator'] },
      actions: ['device:suspend'],
      what: {},
      when: {},
    };
    gateway.registry.rules = [...gateway.registry.rules, suspends];
    expect(await named('operator@operator', 'allowed')).to.include('device:suspend');
    gateway.registry.rules = [
      ...gateway.registry.rules.filter(({ id }) => id !== suspends.id),
      { ...suspends, when: { networks: ['127.0.0.0/8'] } },
    ];
    expect(await named('operator@operator', 'allowed'), 'from some places only').to.deep.equal(READS);
  });

  it('does not believe the database who somebody is', async () => {
    const row = gateway.store.memberRows.get('operator@operator');
    const other = gateway.store.memberRows.get('auditor@auditor');
    gateway.store.memberRows.set('operator@operator', { ...row!, certificate: other!.certificate });
    expect(pluck(await list(), 'members', 'name')).to.not.include('operator@operator');
  });
});
