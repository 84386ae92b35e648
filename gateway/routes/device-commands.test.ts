import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import request, { type Response, type Test } from 'supertest';

import type { Order } from '../../chaincode/protocol/command/wire.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestDevice, type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

function order(): Order {
  return {
    id: randomUUID(),
    name: 'restart',
    parameters: {},
    expiresAt: '2030-01-01T00:00:00.000Z',
    timeoutSeconds: 10,
  };
}

describe('commands by HTTP', () => {
  let gateway: TestGateway;
  let press: TestDevice;
  beforeEach(async () => {
    gateway = await testGateway();
    press = gateway.addDevice('press-07');
  });

  const ownerOf = ({ device }: TestDevice) => ({ tenant: device.tenant, device: device.id });

  function tokenOf({ device, privateKey }: TestDevice, body?: Uint8Array): Promise<string> {
    return createDeviceToken({
      device: device.id,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      now: gateway.now(),
      ...(body !== undefined && { body }),
    });
  }

  async function poll(by: TestDevice, query = ''): Promise<Response> {
    const token = await tokenOf(by);
    return request(gateway.app)
      .get(`/api/v1/device/commands${query}`)
      .set('Authorization', `Bearer ${token}`);
  }

  /** Resolves once the device waits. */
  async function waiting(by: TestDevice): Promise<{ answer: Promise<Response> }> {
    const asked = gateway.orders.asked();
    const answer = poll(by);
    await asked;
    return { answer };
  }

  describe('are waited for', () => {
    it('and come as soon as they are there, together', async () => {
      const { answer } = await waiting(press);
      const orders = [order(), order()];
      for (const each of orders) expect(gateway.orders.send(ownerOf(press), each)).to.equal(true);
      const response = await answer;
      expect(response.status).to.equal(200);
      expect(response.body).to.deep.equal({ orders });
      expect(gateway.orders.send(ownerOf(press), order()), 'nobody waits any more').to.equal(false);
    });

    it('and when there is none, that is said', async () => {
      const response = await poll(press, '?wait=1');
      expect(response.status).to.equal(204);
      expect(response.text).to.equal('');
      expect(gateway.orders.topics.size).to.equal(0);
      expect(gateway.orders.waits).to.deep.equal([1_000]);
    });

    it('by each device for itself', async () => {
      const pump = gateway.addDevice('pump-1');
      const [first, second] = [await waiting(press), await waiting(pump)];
      const [mine, theirs] = [order(), order()];
      gateway.orders.send(ownerOf(pump), theirs);
      gateway.orders.send(ownerOf(press), mine);
      expect(pluck(await first.answer, 'orders', 'id')).to.deep.equal([mine.id]);
      expect(pluck(await second.answer, 'orders', 'id')).to.deep.equal([theirs.id]);
    });

    it('by the last request of a device alone', async () => {
      const before = await waiting(press);
      const { answer } = await waiting(press);
      expect((await before.answer).status).to.equal(204);
      const wanted = order();
      gateway.orders.send(ownerOf(press), 'no order');
      gateway.orders.send(ownerOf(press), wanted);
      expect(dig(await answer, 'orders')).to.deep.equal([wanted]);
    });

    it('by so many devices at a time', async () => {
      const waits = [await waiting(press), await waiting(gateway.addDevice('pump-1'))];
      const response = await poll(gateway.addDevice('pump-2'));
      expect(response.status).to.equal(429);
      expect(response.headers['retry-after']).to.equal('30');
      gateway.parts.orders.close();
      for (const { answer } of waits) expect((await answer).status).to.equal(204);
    });

    it('no longer by a device that is suspended meanwhile', async () => {
      const { answer } = await waiting(press);
      gateway.registry.put([{ ...press.device, status: 'suspended' }]);
      const response = await answer;
      expect(response.status).to.equal(403);
      expect(codeOf(response)).to.equal('DEVICE_NOT_ACTIVE');
      expect(gateway.orders.topics.size).to.equal(0);
    });

    it('not while the broker is away, and not for hours', async () => {
      expect(codeOf(await poll(press, '?wait=3600'))).to.equal('INVALID_ARGUMENT');
      gateway.orders.connected = false;
      expect(codeOf(await poll(press))).to.equal('BROKER_UNAVAILABLE');
    });
  });

  describe('are answered', () => {
    const id = randomUUID();

    async function answer(content: unknown, { signed = content, path = id } = {}): Promise<Response> {
      const [body, covered] = [content, signed].map((each) =>
        Buffer.isBuffer(each) ? each : Buffer.from(JSON.stringify(each)),
      );
      const test: Test = request(gateway.app)
        .post(`/api/v1/device/commands/${path}/answer`)
        .set('Authorization', `Bearer ${await tokenOf(press, covered)}`)
        .set('Content-Type', 'application/json');
      return test.serialize((value: unknown) => value as string).send(body);
    }

    it('and handed on as they were signed', async () => {
      const said = { id, state: 'succeeded', result: { sum: 42 } };
      const response = await answer(said);
      expect(response.status).to.equal(202);
      expect(response.body).to.deep.equal({ id, accepted: true });
      const [sent] = gateway.relay.sent;
      expect(sent).to.include({ device: 'press-07', what: 'answer' });
      expect(JSON.parse(Buffer.from(sent!.body).toString())).to.deep.equal(said);
    });

    for (const [what, content, status, code] of [
      ['nonsense', Buffer.from('{"id":'), 400, 'MESSAGE_MALFORMED'],
      ['a state that is not the device’s to say', { id, state: 'expired' }, 400, 'MESSAGE_MALFORMED'],
      ['what does not name its command', { state: 'succeeded' }, 400, 'MESSAGE_MALFORMED'],
      ['what names another', { id: randomUUID(), state: 'succeeded' }, 400, 'MESSAGE_MALFORMED'],
      ['20 kB', { id, state: 'succeeded', result: 'x'.repeat(20_000) }, 413, 'MESSAGE_TOO_LARGE'],
      ['1 MB', { id, state: 'succeeded', result: 'x'.repeat(1_000_000) }, 413, 'BODY_TOO_LARGE'],
    ] as const) {
      it(`but not with ${what}`, async () => {
        const response = await answer(content);
        expect([response.status, codeOf(response)]).to.deep.equal([status, code]);
        expect(gateway.relay.sent).to.deep.equal([]);
      });
    }

    it('but not with what the token does not cover', async () => {
      const response = await answer({ id, state: 'succeeded' }, { signed: { id, state: 'failed' } });
      expect(codeOf(response)).to.equal('TOKEN_INVALID');
      expect(gateway.relay.sent).to.deep.equal([]);
    });
  });
});
