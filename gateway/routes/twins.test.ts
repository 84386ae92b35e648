import { expect } from 'chai';
import request from 'supertest';

import { testGateway, type TestGateway } from '../testing/gateway.ts';

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
});
