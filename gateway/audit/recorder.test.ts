import { expect } from 'chai';
import request from 'supertest';

import { testGateway, type TestGateway } from '../testing/gateway.ts';

describe('what the audit trail is told', () => {
  let gateway: TestGateway;
  let token: string;

  beforeEach(async () => {
    gateway = await testGateway();
    token = await gateway.signIn(gateway.people.adminOperator);
    gateway.trail.entries.splice(0);
  });

  const last = () => gateway.trail.entries.at(-1);
  const post = (path: string, body?: object, as = token) =>
    request(gateway.app).post(`/api/v1/${path}`).set('Authorization', `Bearer ${as}`).send(body);

  it('is who signed in and who could not, and never a password', async () => {
    const { name, password } = gateway.people.operator;
    await request(gateway.app).post('/api/v1/auth/sign-in').send({ name, password: 'not the password' });
    expect(last()).to.deep.include({
      actor: name,
      org: null,
      action: 'signIn',
      outcome: 'refused',
      device: null,
    });
    expect(last()?.details).to.include({ code: 'UNAUTHENTICATED' });
    await request(gateway.app).post('/api/v1/auth/sign-in').send({ name, password });
    expect(last()).to.include({ actor: name, org: 'OperatorMSP', action: 'signIn', outcome: 'done' });
    const told = JSON.stringify(gateway.trail.entries);
    for (const secret of ['not the password', password]) expect(told).not.to.include(secret);
  });

  it('is a change of a device: whose, why, and in which transaction', async () => {
    const { device } = gateway.addDevice('press-07', { tenant: 'acme' });
    const answer = await post(`devices/${device.id}/suspend`, { reason: 'smoke' });
    expect(answer.status).to.equal(200);
    const { transaction } = answer.body as { transaction: string };
    expect(last()).to.deep.include({
      actor: 'admin@operator',
      org: 'OperatorMSP',
      action: 'suspendDevice',
      outcome: 'done',
      device: 'press-07',
      tenant: 'acme',
      transaction,
    });
    expect(last()?.details).to.include({ reason: 'smoke' });
  });

  it('is what was refused to somebody who is known, each time', async () => {
    gateway.addDevice('press-07', { tenant: 'acme' });
    const auditor = await gateway.signIn(gateway.people.auditor);
    gateway.trail.entries.splice(0);
    for (let time = 0; time < 2; time += 1)
      expect((await post('devices/press-07/suspend', { reason: 'x' }, auditor)).status).to.equal(403);
    expect((await post('devices/press-07/suspend', {})).status).to.equal(400);
    expect(
      gateway.trail.entries.map(({ actor, action, outcome, details }) => [
        actor,
        action,
        outcome,
        details['code'],
      ]),
    ).to.deep.equal([
      ['auditor@auditor', 'suspendDevice', 'refused', 'FORBIDDEN'],
      ['auditor@auditor', 'suspendDevice', 'refused', 'FORBIDDEN'],
      ['admin@operator', 'suspendDevice', 'refused', 'INVALID_ARGUMENT'],
    ]);
    for (const { device, tenant } of gateway.trail.entries)
      expect([device, tenant]).to.deep.equal(['press-07', 'acme']);
  });

  it('is one entry a device when several are changed at once', async () => {
    const devices = ['a-1', 'a-2'].map((id) => ({
      id,
      tenant: 'acme',
      type: 'thermometer',
      publicKey: gateway.addDevice(`spare-${id}`).device.publicKey,
    }));
    const { status } = await post('devices', { devices });
    expect(status).to.equal(201);
    expect(gateway.trail.entries.map(({ action, device }) => [action, device])).to.deep.equal([
      ['registerDevices', 'a-1'],
      ['registerDevices', 'a-2'],
    ]);
  });

  it('is a code’s claim, and never the code', async () => {
    const answer = await post('claims', {
      device: { id: 'new-1', tenant: 'acme', type: 'thermometer' },
      expiresAt: new Date(gateway.now() + 86_400_000).toISOString(),
    });
    expect(answer.status, answer.text).to.equal(201);
    const { code, claim } = answer.body as { code: string; claim: { id: string } };
    expect(last()).to.include({ action: 'createClaim', device: 'new-1', tenant: 'acme' });
    expect(last()?.transaction).to.match(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(gateway.trail.entries)).not.to.include(code);
    await post(`claims/${claim.id}/withdraw`, { reason: 'lost' });
    expect(last()).to.include({ action: 'withdrawClaim', subject: claim.id, outcome: 'done' });
  });

  it('is nothing of what people read, but what they are refused, counted by the minute', async () => {
    const read = (as: string) =>
      request(gateway.app).get('/api/v1/members').set('Authorization', `Bearer ${as}`);
    expect((await read(token)).status).to.equal(200);
    await gateway.parts.audit.flush();
    expect(gateway.trail.entries).to.deep.equal([]);
    const operator = await gateway.signIn(gateway.people.operator);
    gateway.trail.entries.splice(0);
    for (let time = 0; time < 3; time += 1) expect((await read(operator)).status).to.equal(403);
    await request(gateway.app).get('/api/v1/members');
    await gateway.parts.audit.flush();
    expect(
      gateway.trail.entries.map(({ actor, action, details }) => [
        actor,
        action,
        details['code'],
        details['number'],
      ]),
    ).to.deep.equal([
      ['operator@operator', 'listMembers', 'FORBIDDEN', 3],
      ['anonymous', 'listMembers', 'UNAUTHENTICATED', 1],
    ]);
  });

  it('is who signed out', async () => {
    const { name, password } = gateway.people.operator;
    const agent = request.agent(gateway.app);
    const signedIn = await agent.post('/api/v1/auth/sign-in').send({ name, password });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
    gateway.trail.entries.splice(0);
    const signOut = (headers: Record<string, string>) =>
      request(gateway.app).post('/api/v1/auth/sign-out').set('x-biot-request', '1').set(headers);
    expect((await signOut({})).status).to.equal(204);
    expect(gateway.trail.entries).to.deep.equal([]);
    expect((await signOut({ Cookie: cookie })).status).to.equal(204);
    expect(last()).to.include({ actor: name, org: 'OperatorMSP', action: 'signOut', outcome: 'done' });
  });

  it('comes before the answer, which yet does not wait for ever', async () => {
    gateway.addDevice('press-07', { tenant: 'acme' });
    let commit: () => void = () => undefined;
    gateway.trail.commit = new Promise((resolve) => (commit = resolve));
    let answered = false;
    const answer = post('devices/press-07/suspend', { reason: 'smoke' }).then(({ status }) => {
      answered = true;
      return status;
    });
    while (gateway.registry.device('press-07')?.status !== 'suspended')
      await new Promise((resolve) => setImmediate(resolve));
    expect(answered).to.equal(false);
    commit();
    expect(await answer).to.equal(200);
    expect(last()).to.include({ action: 'suspendDevice' });
  });

  it('has room, or nothing is changed', async () => {
    gateway.addDevice('press-07', { tenant: 'acme' });
    gateway.trail.hasRoom = false;
    const answer = await post('devices/press-07/suspend', { reason: 'smoke' });
    expect([answer.status, (answer.body as { code: string }).code]).to.deep.equal([
      503,
      'DATABASE_UNAVAILABLE',
    ]);
    expect(gateway.registry.device('press-07')?.status).to.equal('active');
    const read = await request(gateway.app).get('/api/v1/auth/me').set('Authorization', `Bearer ${token}`);
    expect(read.status).to.equal(200);
  });
});
