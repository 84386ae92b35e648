import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { codeOf } from '../../test/harness/failure.ts';
import { openKey } from '../auth/sealed-key.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import type { TestMember } from '../testing/members.ts';

const NEXT = 'sixteen letters, say';

describe('changing one’s password', () => {
  let gateway: TestGateway;
  let person: TestMember;
  let token: string;
  beforeEach(async () => {
    gateway = await testGateway();
    person = gateway.people.auditor;
    token = await gateway.signIn(person);
  });

  const change = (current: string, next: string, bearer = token): Promise<Response> =>
    request(gateway.app)
      .post('/api/v1/auth/password')
      .set('Authorization', `Bearer ${bearer}`)
      .send({ current, next });
  const signIn = (password: string): Promise<Response> =>
    request(gateway.app).post('/api/v1/auth/sign-in').send({ name: person.name, password });
  const me = async (bearer: string): Promise<number> => {
    const asked = request(gateway.app).get('/api/v1/auth/me');
    return (await asked.set('Authorization', `Bearer ${bearer}`)).status;
  };
  const refusedField = (response: Response): unknown => {
    expect(response.status, response.text).to.equal(400);
    return pluck(response, 'errors', 'pointer');
  };

  it('has the next one sign in, and the former one no more', async () => {
    const response = await change(person.password, NEXT);
    expect(response.status, response.text).to.equal(204);
    expect((await signIn(person.password)).status).to.equal(401);
    expect(dig(await signIn(NEXT), 'member')).to.include({ name: person.name });
  });

  it('seals the same key anew: the next password opens it, the former one does not', async () => {
    const before = gateway.store.memberRows.get(person.name)!;
    await change(person.password, NEXT);
    const { sealedKey, passwordHash, certificate } = gateway.store.memberRows.get(person.name)!;
    expect(await openKey(person.name, sealedKey, NEXT)).to.equal(person.privateKey);
    expect(await codeOf(openKey(person.name, sealedKey, person.password))).to.equal('STORE_CORRUPT');
    expect(passwordHash).to.not.equal(before.passwordHash);
    expect(certificate).to.equal(before.certificate);
  });

  it('ends the person’s other sessions, and neither this one nor another’s', async () => {
    const elsewhere = await gateway.signIn(person);
    const other = await gateway.signIn(gateway.people.operator);
    await change(person.password, NEXT);
    expect(await Promise.all([token, elsewhere, other].map(me))).to.deep.equal([200, 401, 200]);
  });

  /** What the next look at the row does, while it is under way. */
  function meanwhile(act: (name: string) => unknown): void {
    const { member } = gateway.store;
    gateway.store.member = async (name) => {
      gateway.store.member = member;
      const found = await member(name);
      await act(name);
      return found;
    };
  }

  it('leaves no session to who signs in with the former one meanwhile', async () => {
    meanwhile(() => change(person.password, NEXT));
    expect((await signIn(person.password)).status).to.equal(401);
    expect(gateway.parts.sessions.size).to.equal(1);
    expect((await signIn(NEXT)).status).to.equal(200);
  });

  it('is refused, at the field, with a wrong present password, and changes nothing', async () => {
    expect(refusedField(await change('a guess', NEXT))).to.deep.equal(['#/current']);
    expect((await signIn(person.password)).status).to.equal(200);
  });

  it('is refused, at the field, with a next one that is short, the present one, or has the name in it', async () => {
    for (const next of [
      'fourteen chars',
      'x'.repeat(201),
      person.password,
      `${person.name.toUpperCase()} and I`,
    ])
      expect(refusedField(await change(person.password, next)), next).to.deep.equal(['#/next']);
    expect((await change(person.password, 'exactly fifteen')).status).to.equal(204);
  });

  it('takes a text that can be written in two ways for one password', async () => {
    await change(person.password, 'caf\u00e9 caf\u00e9 caf\u00e9 caf\u00e9');
    expect((await signIn('cafe\u0301 cafe\u0301 cafe\u0301 cafe\u0301')).status).to.equal(200);
  });

  it('lets one of two changes at once through', async () => {
    const answers = await Promise.all([change(person.password, NEXT), change(person.password, `${NEXT} 2`)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 400]);
  });

  it('leaves a row alone that was written anew while the password was looked at', async () => {
    const row = gateway.store.memberRows.get(person.name)!;
    meanwhile((name) => gateway.store.memberRows.set(name, { ...row, sealedKey: 'of a renewed member' }));
    expect(refusedField(await change(person.password, NEXT))).to.deep.equal(['#/current']);
    expect(gateway.store.memberRows.get(person.name)).to.include({ passwordHash: row.passwordHash });
  });

  it('counts guesses as failed sign-ins', async () => {
    const strict = { points: 4, seconds: 60 };
    const loose = { points: 1_000, seconds: 60 };
    gateway = await testGateway({ quotas: { pair: strict, network: loose, name: loose } });
    token = await gateway.signIn(person);
    await change('a guess', NEXT);
    await signIn('a guess');
    await change('a guess', 'too short');
    for (const guess of ['second', 'third']) expect((await change(guess, NEXT)).status).to.equal(400);
    expect((await change(person.password, NEXT)).status).to.equal(429);
    expect((await signIn(person.password)).status).to.equal(429);
  });

  it('leaves neither password in the log', async () => {
    await change('a wrong secret', NEXT);
    await change(person.password, 'short secret');
    await change(person.password, NEXT);
    const log = gateway.logLines.join('');
    for (const secret of [person.password, NEXT, 'a wrong secret', 'short secret'])
      expect(log).to.not.include(secret);
  });
});
