import { expect } from 'chai';
import request from 'supertest';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { X509Certificate } from '../network/pki/x509.ts';
import type { MemberAuthority } from './auth/member-certificate.ts';
import { refreshMembership } from './membership.ts';
import { pluck } from './testing/answers.ts';
import { type TestGateway, testGateway } from './testing/gateway.ts';
import { memberOf, storedMember, type TestMember, testConsortium } from './testing/members.ts';

describe('who is a member', () => {
  let gateway: TestGateway;
  let authorities: readonly MemberAuthority[];
  let person: TestMember;
  let token: string;
  const revoked = new Map<string, ReadonlySet<string>>();
  beforeEach(async () => {
    gateway = await testGateway();
    ({ authorities } = gateway.parts.organisations);
    person = gateway.people.operator;
    token = await gateway.signIn(person);
    revoked.clear();
  });

  const refresh = (lists = () => Promise.resolve(revoked)): Promise<void> =>
    refreshMembership({ authorities: () => authorities, revoked: lists, parts: gateway.parts });
  const revokes = (mspId: string, { certificate }: TestMember): unknown =>
    revoked.set(mspId, new Set([new X509Certificate(certificate).serialNumber]));
  const status = async (bearer: string): Promise<number> =>
    (await request(gateway.app).get('/api/v1/auth/me').set('Authorization', `Bearer ${bearer}`)).status;
  const signIn = ({ name, password }: TestMember) =>
    request(gateway.app).post('/api/v1/auth/sign-in').send({ name, password });

  it('is whose certificate its organisation has not taken back: session, sign-in and signatures end', async () => {
    const other = await gateway.signIn(gateway.people.adminOperator);
    revokes('OperatorMSP', person);
    await refresh();
    expect(await status(token)).to.equal(401);
    expect(await status(other)).to.equal(200);
    const refused = await signIn(person);
    expect(refused.body).to.include({ status: 403, code: 'FORBIDDEN' });
    expect(refused.text).to.include('was revoked');
    const guess = await signIn({ ...person, password: 'a guess' });
    expect(guess.body, 'a guesser hears nothing of it').to.include({ code: 'UNAUTHENTICATED' });
    const { certificate } = person;
    const change = {
      channel: 'registry',
      contract: 'DeviceContract',
      method: 'Revoke',
      arguments: ['a', 'b'],
    };
    const prepared = await request(gateway.app)
      .post('/api/v1/signing/proposals')
      .send({ ...change, certificate });
    expect(prepared.body).to.include({ code: 'UNAUTHENTICATED' });
    const members = await request(gateway.app).get('/api/v1/members').set('Authorization', `Bearer ${other}`);
    expect(pluck(members, 'members', 'name'))
      .to.include('admin@operator')
      .and.not.include(person.name);
  });

  it('is nobody else’s to say: another organisation’s list means its own', async () => {
    revokes('AuditorMSP', person);
    await refresh();
    expect(await status(token)).to.equal(200);
    expect((await signIn(person)).status).to.equal(200);
  });

  it('stays as it was heard last when the ledger does not answer', async () => {
    revokes('OperatorMSP', person);
    await refresh();
    await refresh(() => Promise.reject(new BiotError('LEDGER_UNAVAILABLE', 'connect ECONNREFUSED')));
    expect((await signIn(person)).status).to.equal(403);
    expect(gateway.logLines.join('')).to.include('cannot see whose certificates were revoked');
  });

  it('changes with the organisations and their authorities, without a new start', async () => {
    const { operator, authorities: renewed } = await testConsortium();
    const newcomer = await memberOf(operator, 'newcomer@operator', 'operator');
    gateway.store.memberRows.set(newcomer.name, await storedMember(newcomer));
    expect((await signIn(newcomer)).status).to.equal(500);
    authorities = [...authorities, ...renewed, { mspId: 'HospitalMSP', certificate: '' }];
    await refresh();
    expect((await signIn(newcomer)).status).to.equal(200);
    expect(await status(token)).to.equal(200);
    gateway.parts.organisations.require('HospitalMSP');
    authorities = renewed;
    await refresh();
    expect(await status(token), 'of an organisation that was parted from').to.equal(401);
  });
});
