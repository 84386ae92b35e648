import { expect } from 'chai';
import request, { type Response } from 'supertest';

import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const outcome = (response: Response): unknown[] => [response.status, dig(response, 'code')];
const REFUSED = [400, 'INVALID_ARGUMENT'];
const CONFLICT = [409, 'VERSION_CONFLICT'];

const HOOK = {
  ...{ name: 'Lake', tenant: 'acme', enabled: true },
  filter: { types: null, devices: null, sensors: null },
  destination: { kind: 'webhook', url: 'https://example.com/in?key=hidden' },
};
const BROKER = {
  ...{ kind: 'mqtt', url: 'mqtts://broker.example.com', topic: 'plant/7' },
  ...{ user: 'biot', authority: null },
};
const MQTT = { ...HOOK, name: 'Broker', destination: BROKER };

describe('routes of streams', () => {
  let gateway: TestGateway;
  let admin: string;
  let auditor: string;
  let operator: string;
  let beta: string;

  beforeEach(async () => {
    gateway = await testGateway();
    [admin, auditor, operator, beta] = await Promise.all([
      gateway.signIn(gateway.people.adminOperator),
      gateway.signIn(gateway.people.auditor),
      gateway.signIn(gateway.people.operator),
      gateway.signInFor('beta', 'admin'),
    ]);
  });

  const ask = (method: 'get' | 'put' | 'post' | 'delete', path: string, token = admin) => {
    const url = `/api/v1/streams${path}`;
    return request(gateway.app)[method](url).set('Authorization', `Bearer ${token}`);
  };

  async function add(definition: object): Promise<string> {
    const response = await ask('post', '').send(definition);
    expect(response.status, response.text).to.equal(201);
    return String(dig(response, 'stream', 'id'));
  }

  const sealedOf = (id: string): string | undefined => {
    const sealed = gateway.streams.rows.get(id)?.sealedSecret;
    return sealed ? Buffer.from(sealed).toString() : undefined;
  };

  it('add, change and remove streams', async () => {
    const made = await ask('post', '').send(HOOK);
    const id = String(dig(made, 'stream', 'id'));
    expect(dig(made, 'secret')).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(dig(made, 'stream', 'behind')).to.deep.equal({ batches: 0, since: null });
    const changed = await ask('put', `/${id}`).send({ ...HOOK, name: 'Sea', enabled: false, version: 1 });
    expect([dig(changed, 'version'), dig(changed, 'definition', 'name')]).to.deep.equal([2, 'Sea']);
    expect(sealedOf(id)).to.equal(`${id} ${String(dig(made, 'secret'))}`);
    for (const change of [MQTT, { ...HOOK, tenant: 'beta' }, { ...HOOK, tenant: null }])
      expect(outcome(await ask('put', `/${id}`).send({ ...change, version: 2 }))).to.deep.equal(REFUSED);
    expect((await ask('delete', `/${id}`)).status).to.equal(204);
    expect((await ask('get', '')).body).to.deep.equal({ streams: [] });
    expect(outcome(await ask('put', `/${id}`).send(HOOK))).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('are changed by who has seen the newest version, and says so', async () => {
    const id = await add(HOOK);
    const off = { ...HOOK, enabled: false };
    expect((await ask('put', `/${id}`).send({ ...off, version: 1 })).status).to.equal(200);
    // A form that was opened before would switch it on again.
    const late = await ask('put', `/${id}`).send({ ...HOOK, name: 'Sea', version: 1 });
    expect(outcome(late)).to.deep.equal(CONFLICT);
    expect(dig(late, 'detail')).to.match(/^the stream is at version 2 now: look at what was changed/);
    for (const ifMatch of ['"1"', '2', 'W/"2"'])
      expect(outcome(await ask('put', `/${id}`).set('If-Match', ifMatch).send(HOOK))).to.deep.equal(CONFLICT);
    const both = ask('put', `/${id}`).set('If-Match', '"2"');
    expect(outcome(await both.send({ ...HOOK, version: 1 }))).to.deep.equal(CONFLICT);
    const unsaid = await ask('put', `/${id}`).send(HOOK);
    expect([...outcome(unsaid), dig(unsaid, 'errors', '0', 'pointer')]).to.deep.equal([
      ...[...REFUSED, '#/version'],
    ]);
    expect(gateway.streams.rows.get(id)).to.include({ version: 2, enabled: false, name: 'Lake' });
    expect((await ask('put', `/${id}`).set('If-Match', '"2"').send(HOOK)).status).to.equal(200);
    expect(outcome(await ask('post', `/${id}/secret`).set('If-Match', '"2"'))).to.deep.equal(CONFLICT);
    expect((await ask('post', `/${id}/secret`).set('If-Match', '"3"')).status).to.equal(200);
    expect(gateway.streams.rows.get(id)).to.include({ version: 4, enabled: true });
  });

  it('are changed by one of two who say the same version at once', async () => {
    const id = await add(HOOK);
    const both = ['Sea', 'River'].map((name) => ask('put', `/${id}`).send({ ...HOOK, name, version: 1 }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.toSorted()).to.deep.equal([200, 409]);
    expect(gateway.streams.rows.get(id)?.version).to.equal(2);
  });

  it('show no secret again, in no list, trail or log; the trail says where telemetry goes to', async () => {
    const made = await ask('post', '').send(HOOK);
    const id = String(dig(made, 'stream', 'id'));
    const renewed = await ask('post', `/${id}/secret`);
    const mqtt = await add({ ...MQTT, password: 'hunter2-hunter2' });
    const secrets = [dig(made, 'secret'), dig(renewed, 'secret'), 'hunter2-hunter2'].map(String);
    expect([sealedOf(id), sealedOf(mqtt)]).to.deep.equal([`${id} ${secrets[1]}`, `${mqtt} ${secrets[2]}`]);
    const trail = JSON.stringify(gateway.trail.entries);
    const traces = (await ask('get', '')).text + trail + gateway.logLines.join('');
    for (const secret of secrets) expect(traces).not.to.include(secret);
    expect(trail).to.include('example.com').and.include('broker.example.com').and.not.include('hidden');
    expect(outcome(await ask('post', `/${mqtt}/secret`))).to.deep.equal(REFUSED);
  });

  it('send a password to nobody for whom it was not given', async () => {
    const id = await add({ ...MQTT, password: 'known to one' });
    const change = (destination: object, more: object = {}) =>
      ask('put', `/${id}`)
        .set('If-Match', '*')
        .send({ ...MQTT, destination: { ...BROKER, ...destination }, ...more });
    expect((await change({ topic: 'plant/8' })).status).to.equal(200);
    const authority = gateway.people.adminOperator.certificate;
    for (const other of [{ url: 'mqtts://elsewhere.example.com' }, { user: 'eve' }, { authority }])
      expect(outcome(await change(other)), JSON.stringify(other)).to.deep.equal(REFUSED);
    expect(sealedOf(id)).to.equal(`${id} known to one`);
    expect((await change({ user: 'eve' }, { password: 'another' })).status).to.equal(200);
    expect(sealedOf(id)).to.equal(`${id} another`);
    expect((await change({ user: null })).status).to.equal(200);
    expect(sealedOf(id)).to.equal(undefined);
  });

  it('are for those who may put them, see them, and see what goes on by them', async () => {
    const id = await add(HOOK);
    expect(pluck(await ask('get', '', auditor), 'streams', 'mayPut')).to.deep.equal([false]);
    expect((await ask('get', '', operator)).status).to.equal(403);
    for (const token of [auditor, operator]) {
      expect((await ask('post', '', token).send(HOOK)).status).to.equal(403);
      expect((await ask('delete', `/${id}`, token)).status).to.be.oneOf([403, 404]);
    }
    // Some of the telemetry is not theirs to see: so none of it goes on.
    const hides: Rule = {
      ...{ id: 'hides-presses', effect: 'deny', description: 'x', who: {}, actions: ['telemetry:read'] },
      ...{ what: { types: ['press'] }, when: {} },
    };
    gateway.registry.rules = [...gateway.registry.rules, hides];
    for (const refused of [
      await ask('post', '').send(HOOK),
      await ask('put', `/${id}`).send(HOOK),
      await ask('post', `/${id}/secret`),
    ])
      expect(outcome(refused)).to.deep.equal([403, 'FORBIDDEN']);
    expect([gateway.streams.rows.size, gateway.streams.rows.get(id)?.version]).to.deep.equal([1, 1]);
    expect((await ask('delete', `/${id}`)).status).to.equal(204);
  });

  it('show other tenants’ streams to nobody, and what concerns all tenants to who serves all', async () => {
    const id = await add(HOOK);
    const everybodys = await add({ ...HOOK, tenant: null });
    expect((await ask('get', '', beta)).body).to.deep.equal({ streams: [] });
    for (const hidden of [id, everybodys]) {
      expect(outcome(await ask('put', `/${hidden}`, beta).send(HOOK))).to.deep.equal([404, 'NOT_FOUND']);
      expect(outcome(await ask('post', `/${hidden}/secret`, beta))).to.deep.equal([404, 'NOT_FOUND']);
    }
    for (const tenant of ['acme', null])
      expect((await ask('post', '', beta).send({ ...HOOK, tenant })).status).to.equal(403);
    expect((await ask('post', '', beta).send({ ...HOOK, tenant: 'beta' })).status).to.equal(201);
  });

  it('refuse what is no address, certificate or password, and more streams than a tenant may have', async () => {
    const PEM = '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----';
    for (const wrong of [
      { ...HOOK, destination: { kind: 'webhook', url: 'mqtts://example.com' } },
      { ...HOOK, password: 'for nobody' },
      { ...MQTT, destination: { ...BROKER, user: null }, password: 'for nobody' },
      { ...MQTT, destination: { ...BROKER, authority: PEM } },
      { ...MQTT, password: 'ü'.repeat(101) },
      { ...MQTT, destination: { ...BROKER, topic: 'a/#' } },
    ])
      expect(outcome(await ask('post', '').send(wrong)), JSON.stringify(wrong)).to.deep.equal(REFUSED);
    for (let count = 0; count < 20; count += 1) await add(MQTT);
    expect(outcome(await ask('post', '').send(MQTT))).to.deep.equal(REFUSED);
    expect((await ask('post', '').send({ ...MQTT, tenant: 'beta' })).status).to.equal(201);
  });
});
