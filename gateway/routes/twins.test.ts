import { expect } from 'chai';
import request from 'supertest';
import { z } from 'zod';

import type { Desired } from '../../chaincode/protocol/twin.ts';
import { testGateway, type TestGateway } from '../testing/gateway.ts';

const wantedIn = (twin: unknown): unknown =>
  z.object({ desired: z.object({ properties: z.unknown() }) }).parse(twin).desired.properties;

describe('twin routes', () => {
  let gateway: TestGateway;
  let operator: string;
  let auditor: string;

  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('press-07');
    [operator, auditor] = await Promise.all([
      gateway.signIn(gateway.people.adminOperator),
      gateway.signIn(gateway.people.auditor),
    ]);
  });

  const get = (id = 'press-07') =>
    request(gateway.app).get(`/api/v1/devices/${id}/twin`).set('Authorization', `Bearer ${auditor}`);
  const put = (body: object, { id = 'press-07', token = operator } = {}) =>
    request(gateway.app)
      .put(`/api/v1/devices/${id}/twin/desired`)
      .set('Authorization', `Bearer ${token}`)
      .send(body);

  it('say what is wanted, by whom, in which version, and refuse who has seen an older one', async () => {
    expect((await get()).body).to.deep.include({ delta: {} });
    const first = await put({ version: 0, properties: { led: { red: 1 } } });
    expect(first.status).to.equal(200);
    const read = await get();
    expect(read.body).to.deep.equal(first.body);
    expect(read.body).to.deep.include({ delta: { led: { red: 1 } } });
    const stale = await put({ version: 0, properties: {} });
    expect([stale.status, stale.body]).to.deep.include.members([409]);
    expect(stale.body).to.include({ code: 'VERSION_CONFLICT' });
    expect((await put({ version: 1, properties: {} })).status).to.equal(200);
  });

  it('are offered with the device to those who may change them', async () => {
    const allowed = async (token: string): Promise<unknown> => {
      const answer = await request(gateway.app)
        .get('/api/v1/devices/press-07')
        .set('Authorization', `Bearer ${token}`);
      return z.object({ allowed: z.array(z.string()) }).parse(answer.body).allowed;
    };
    expect(await allowed(operator)).to.include('twin:write');
    expect(await allowed(auditor)).not.to.include('twin:write');
  });

  it('refuse who may not, what is not there, too large, too deep, or no object', async () => {
    const body = { version: 0, properties: {} };
    expect((await put(body, { token: auditor })).status).to.equal(403);
    expect((await put(body, { id: 'stranger' })).body).to.include({ code: 'DEVICE_UNKNOWN' });
    expect((await get('stranger')).status).to.equal(404);
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`);
    for (const properties of [{ a: 'x'.repeat(8_192) }, deep, [], null])
      expect(
        (await put({ version: 0, properties })).status,
        JSON.stringify(properties).slice(0, 20),
      ).to.equal(400);
    expect((await put({ properties: {} })).status).to.equal(400);
  });

  const desired = () =>
    request(gateway.app)
      .get('/api/v1/devices/press-07/twin/desired')
      .set('Authorization', `Bearer ${auditor}`);
  const patch = (body: unknown, { ifMatch, type = 'application/merge-patch+json' }: Patching = {}) => {
    const test = request(gateway.app)
      .patch('/api/v1/devices/press-07/twin/desired')
      .set('Authorization', `Bearer ${operator}`)
      .set('Content-Type', type);
    return (ifMatch === undefined ? test : test.set('If-Match', ifMatch)).send(JSON.stringify(body));
  };

  it('keep every field as it is named, and refuse one named __proto__ with a sentence', async () => {
    const text = '{"constructor":{"prototype":1},"prototype":[],"toString":"x"}';
    const kept = await patch(JSON.parse(text));
    expect([kept.status, JSON.stringify(wantedIn(kept.body))]).to.deep.equal([200, text]);
    for (const lost of ['{"__proto__":{"a":1}}', '{"led":{"__proto__":null}}']) {
      const properties: unknown = JSON.parse(lost);
      for (const refused of [await patch(properties), await put({ version: 1, properties })]) {
        expect(refused.status, lost).to.equal(400);
        expect(refused.body).to.include({ code: 'INVALID_ARGUMENT' });
        expect(refused.text).to.include('a field is named __proto__');
      }
    }
  });

  it('show what is wanted under an ETag, which changes with it', async () => {
    await put({ version: 0, properties: { led: 1 } });
    const first = await desired();
    expect(first.body).to.deep.include({ version: 1, properties: { led: 1 } });
    expect(first.headers['etag']).to.equal('"1"');
    expect((await desired().set('If-None-Match', '"1"')).status).to.equal(304);
    await put({ version: 1, properties: { led: 2 } });
    const second = await desired().set('If-None-Match', '"1"');
    expect([second.status, second.headers['etag']]).to.deep.equal([200, '"2"']);
  });

  it('are not taken for what a former tenant wanted, of which nothing is left but the version', async () => {
    await put({ version: 0, properties: { led: 1 } });
    const { twins } = gateway.parts;
    const left: Desired = { version: 1, properties: {}, at: null, by: null };
    const whole = await twins.one({ device: 'press-07', tenant: 'acme' });
    twins.one = () => Promise.resolve({ ...whole, desired: left });
    twins.change = ({ next }) => {
      const desired = { ...left, properties: next(left), version: 2 };
      return Promise.resolve({ ...whole, desired });
    };
    expect((await desired().set('If-None-Match', '"1"')).status).to.equal(200);
    expect((await patch({ led: 2 }, { ifMatch: '"1"' })).status).to.equal(409);
    const ifMatch = (await desired()).headers['etag'] ?? '';
    expect((await patch({ led: 2 }, { ifMatch })).status).to.equal(200);
  });

  it('take an ETag for a version, and refuse who has seen another', async () => {
    const properties = { led: 1 };
    expect((await put({ properties }).set('If-Match', '"0"')).status).to.equal(200);
    for (const stale of ['"0"', 'W/"1"', '1', '"2", "3"', ''])
      expect((await put({ properties }).set('If-Match', stale)).body, stale).to.include({
        code: 'VERSION_CONFLICT',
      });
    expect((await put({ version: 0, properties }).set('If-Match', '"1"')).status).to.equal(409);
    expect((await put({ version: 1, properties }).set('If-Match', '"0"')).status).to.equal(409);
    expect((await put({ properties }).set('If-Match', '"7", "1"')).status).to.equal(200);
    expect((await put({ properties }).set('If-Match', '*')).status).to.equal(200);
    expect((await desired()).body).to.include({ version: 3 });
  });

  it('change a part of what is wanted, whatever that is, or only what was seen', async () => {
    await put({ version: 0, properties: { led: { red: 1, green: 2 }, interval: 5 } });
    const changed = await patch({ led: { red: null, blue: 3 } });
    expect(changed.status, changed.text).to.equal(200);
    expect(changed.headers['etag']).to.equal('"2"');
    expect(changed.body).to.deep.nested.include({
      'desired.version': 2,
      'desired.properties': { led: { green: 2, blue: 3 }, interval: 5 },
    });
    expect((await patch({ interval: 6 }, { ifMatch: '"1"' })).body).to.include({ code: 'VERSION_CONFLICT' });
    expect((await patch({ interval: 6 }, { ifMatch: '"2"' })).status).to.equal(200);
    expect((await desired()).body).to.deep.include({
      properties: { led: { green: 2, blue: 3 }, interval: 6 },
    });
  });

  it('refuse patches that are none, of another kind, or make it too large', async () => {
    await put({ version: 0, properties: { long: 'x'.repeat(5_000) } });
    for (const none of [[], null, 1, 'text', JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)])
      expect((await patch(none)).status, JSON.stringify(none)).to.equal(400);
    expect((await patch({}, { type: 'application/json' })).status).to.equal(415);
    expect((await patch({ longer: 'x'.repeat(5_000) })).body).to.include({ code: 'INVALID_ARGUMENT' });
    expect((await desired()).body).to.include({ version: 1 });
  });

  it('keep nothing of a patch in the audit trail but that it was', async () => {
    await patch({ tenant: 'other', name: 'secret', reason: 'secret' });
    const [entry] = gateway.trail.entries.filter(({ action }) => action === 'patchDesired');
    expect(JSON.stringify(entry)).to.not.match(/secret|other/);
  });
});

interface Patching {
  readonly ifMatch?: string;
  readonly type?: string;
}
