import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { dig, textAt } from '../testing/answers.ts';
import { newPublicKey, type TestGateway, testGateway } from '../testing/gateway.ts';

const DAY_MS = 86_400_000;

describe('routes that change a device’s keys', () => {
  let gateway: TestGateway;
  let admin: string;
  beforeEach(async () => {
    gateway = await testGateway();
    admin = await gateway.signIn(gateway.people.adminOperator);
  });

  const post = (verb: string, body: object, token = admin): Promise<Response> =>
    request(gateway.app)
      .post(`/api/v1/devices/press-07/${verb}`)
      .set('Authorization', `Bearer ${token}`)
      .send(body);

  it('rotate: the old key works until the instant that was named', async () => {
    const { device } = gateway.addDevice('press-07');
    const { publicKey } = newPublicKey();
    const overlapUntil = gateway.registry.now + DAY_MS;
    const response = await post('rotate-key', { publicKey, overlapUntil });
    expect(response.status, response.text).to.equal(200);
    expect(response.body).to.include({ publicKey, epoch: 1, by: 'admin@operator' });
    expect(dig(response, 'previousKey')).to.deep.equal({
      publicKey: device.publicKey,
      keyFingerprint: device.keyFingerprint,
      until: new Date(overlapUntil).toISOString(),
    });
    expect(gateway.registry.device('press-07')?.publicKey).to.equal(publicKey);
  });

  it('rotate at once, when no overlap is asked for', async () => {
    const { device } = gateway.addDevice('press-07');
    const response = await post('rotate-key', { publicKey: newPublicKey().publicKey, overlapUntil: null });
    expect(dig(response, 'previousKey')).to.equal(null);
    expect(dig(response, 'retiredKeys')).to.deep.equal([device.keyFingerprint]);
  });

  it('rotate: say whether there is an overlap, as an instant', async () => {
    const { device } = gateway.addDevice('press-07');
    const { publicKey } = newPublicKey();
    for (const overlapUntil of [undefined, '2030-01-01T00:00:00Z', -1, 1.5, 1e15, {}]) {
      const response = await post('rotate-key', { publicKey, overlapUntil });
      expect(response.status, JSON.stringify(overlapUntil)).to.equal(400);
      expect(dig(response, 'errors', 0, 'pointer')).to.equal('#/overlapUntil');
    }
    expect(gateway.registry.device('press-07')).to.deep.equal(device);
  });

  it('provision anew: a new key, the next epoch, and why', async () => {
    gateway.addDevice('press-07');
    const { publicKey } = newPublicKey();
    const response = await post('reprovision', { publicKey, reason: 'board replaced' });
    expect(response.status, response.text).to.equal(200);
    expect(response.body).to.include({ publicKey, epoch: 2, reason: 'board replaced', previousKey: null });
  });

  it('pass on what the contract says of a key, and of a device that is no more', async () => {
    const { device } = gateway.addDevice('press-07');
    const same = await post('reprovision', { publicKey: device.publicKey, reason: 'wiped' });
    expect([same.status, textAt(same, 'code')]).to.deep.equal([400, 'KEY_INVALID']);
    gateway.addDevice('press-07', { status: 'revoked' });
    const late = await post('rotate-key', { publicKey: newPublicKey().publicKey, overlapUntil: null });
    expect([late.status, textAt(late, 'code')]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
  });

  it('refuse what is no key before the ledger is asked', async () => {
    const { device } = gateway.addDevice('press-07');
    for (const publicKey of ['', 'key', `${device.publicKey}${device.publicKey}`, 7]) {
      for (const [verb, more] of [
        ['rotate-key', { overlapUntil: null }],
        ['reprovision', { reason: 'wiped' }],
      ] as const)
        expect((await post(verb, { publicKey, ...more })).status, String(publicKey)).to.equal(400);
    }
    expect(gateway.registry.changes).to.deep.equal([]);
  });

  it('are not for another organisation', async () => {
    gateway.addDevice('press-07');
    const stranger = await gateway.signIn(gateway.people.adminManufacturer);
    const { publicKey } = newPublicKey();
    expect((await post('rotate-key', { publicKey, overlapUntil: null }, stranger)).status).to.equal(403);
    expect((await post('reprovision', { publicKey, reason: 'mine' }, stranger)).status).to.equal(403);
    expect(gateway.registry.changes).to.deep.equal([]);
  });
});
