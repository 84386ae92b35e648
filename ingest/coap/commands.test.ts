import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { Delivery, DeliveryRefusal } from '../delivery.ts';
import { signPayload, signRequest } from '../device/signed-payload.ts';
import { PRESS, pressOnLedger, testResources, Watcher } from '../testing/coap.ts';
import { ManualTime, settle } from '../testing/manual-time.ts';
import type { CoapReply, CoapRequest, Observation } from './exchange.ts';
import { Observers } from './observers.ts';
import { coapResources } from './resources.ts';

describe('commands by CoAP', () => {
  let time: ManualTime;
  let press: Device;
  let observers: Observers;
  let asked: [device: string, forMs: number][];
  let ended: string[];
  let answers: string[];
  let refused: DeliveryRefusal | undefined;
  let handle: (request: CoapRequest) => Promise<CoapReply>;

  beforeEach(() => {
    time = new ManualTime();
    press = pressOnLedger();
    ended = [];
    observers = new Observers(time, (device) => ended.push(device));
    asked = [];
    answers = [];
    refused = undefined;
    handle = coapResources({
      ...testResources(time, () => press),
      observers,
      asked: (device, forMs) => asked.push([device, forMs]),
      answered: (owner, delivery: Delivery) => {
        answers.push(`${owner.tenant} ${owner.device} ${Buffer.from(delivery.payload).toString()}`);
        delivery.acknowledge(refused);
      },
    });
  });

  const request = (): Uint8Array => signRequest(PRESS, { purpose: 'orders' }, time.now());
  const observe = (payload: Uint8Array, observation?: Observation): Promise<CoapReply> =>
    handle({
      method: 'FETCH',
      path: '/commands',
      query: [],
      from: 'here',
      payload,
      ...(observation && { observation }),
    });
  const codeOf = ({ payload = '' }: CoapReply): unknown =>
    (JSON.parse(String(payload)) as Record<string, unknown>)['code'];
  const deliver = (id = 'a', order = '{"id":"a"}'): Promise<boolean> | undefined =>
    observers.deliver('press-07', { id, text: order, still: () => true });

  describe('are observed', () => {
    it('by who signs that, and come one by one', async () => {
      const watcher = new Watcher();
      expect(await observe(request(), watcher)).to.include({
        code: '2.05',
        observed: true,
        maxAgeSeconds: 300,
      });
      expect(asked).to.deep.equal([['press-07', 330_000]]);
      expect(await Promise.all([deliver('a', '{"id":"a"}'), deliver('b', '{"id":"b"}')])).to.deep.equal([
        true,
        true,
      ]);
      expect(watcher.told.map(({ payload }) => String(payload))).to.deep.equal([
        '{"orders":[{"id":"a"}]}',
        '{"orders":[{"id":"b"}]}',
      ]);
    });

    it('once for each request: whoever repeats one is refused', async () => {
      const payload = request();
      await observe(payload, new Watcher());
      const thief = await observe(payload, new Watcher('elsewhere abcd'));
      expect([thief.code, codeOf(thief)]).to.deep.equal(['4.01', 'TOKEN_INVALID']);
    });

    it('by requests of now alone', async () => {
      for (const at of [time.now() - 301_000, time.now() - 1_000, time.now() + 11_000]) {
        const late = await observe(signRequest(PRESS, { purpose: 'orders' }, at), new Watcher());
        expect(codeOf(late), 'also from before the start').to.equal('TOKEN_EXPIRED');
      }
    });

    it('with a signature for that, and by a device that is active', async () => {
      const forAnother = signRequest(PRESS, { purpose: 'image', image: 'ab'.repeat(32) }, time.now());
      expect(codeOf(await observe(forAnother, new Watcher()))).to.equal('TOKEN_INVALID');
      const nonsense = signPayload(PRESS, 'orders', Buffer.from('{}'));
      expect(codeOf(await observe(nonsense, new Watcher()))).to.equal('MESSAGE_MALFORMED');
      expect(codeOf(await observe(request()))).to.equal('MESSAGE_MALFORMED');
      press = { ...press, status: 'suspended' };
      expect(codeOf(await observe(request(), new Watcher()))).to.equal('DEVICE_NOT_ACTIVE');
      expect(deliver()).to.equal(undefined);
    });

    it('until it says so, with the same token', async () => {
      await observe(request(), new Watcher());
      await observe(request(), new Watcher('elsewhere abcd', false));
      expect(await deliver()).to.equal(true);
      expect(ended).to.deep.equal([]);
      expect(await observe(request(), new Watcher('here abcd', false))).to.not.have.property('observed');
      expect(deliver()).to.equal(undefined);
      expect(ended).to.deep.equal(['press-07']);
    });

    it('until it answers no more, and what waits is not lost on it', async () => {
      const watcher = new Watcher();
      watcher.there = false;
      await observe(request(), watcher);
      expect(await Promise.all([deliver('a'), deliver('b')])).to.deep.equal([false, false]);
      expect(watcher.told).to.have.length(1);
      expect(deliver()).to.equal(undefined);
      expect(ended).to.deep.equal(['press-07']);
    });

    it('by the one that came back last, though an earlier notification is given up afterwards', async () => {
      const lost = Promise.withResolvers<boolean>();
      const before = new Watcher();
      before.notify = () => lost.promise;
      await observe(request(), before);
      const first = deliver('a');
      await observe(request(), new Watcher());
      lost.resolve(false);
      expect(await first).to.equal(false);
      expect(await deliver('b')).to.equal(true);
      expect(ended).to.deep.equal([]);
    });

    it('also when too many are told at once to wait for all', async () => {
      const watcher = new Watcher();
      const tell = watcher.notify;
      watcher.notify = () => Promise.resolve(undefined);
      await observe(request(), watcher);
      expect(await deliver('a')).to.equal(false);
      watcher.notify = tell;
      expect(await deliver('a')).to.equal(true);
    });

    it('for five minutes, unless it asks again', async () => {
      await observe(request(), new Watcher());
      await time.advance(300_000);
      await observe(request(), new Watcher());
      await time.advance(300_000);
      expect(await deliver()).to.equal(true);
      await time.advance(60_000);
      expect(deliver()).to.equal(undefined);
    });

    it('while an order is on its way it is not told again', async () => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const watcher = new Watcher();
      watcher.notify = () => promise;
      await observe(request(), watcher);
      const [first, again] = [deliver(), deliver()];
      expect(again).to.equal(first);
      resolve(true);
      expect(await first).to.equal(true);
      await settle();
      expect(deliver()).to.not.equal(first);
    });
  });

  describe('are answered', () => {
    const post = (payload: Uint8Array): Promise<CoapReply> =>
      handle({ method: 'POST', path: '/commands', query: [], from: 'here', payload });
    const said = Buffer.from('{"id":"a","state":"succeeded"}');

    it('by what the device signed, as it signed it', async () => {
      expect(await post(signPayload(PRESS, 'answer', said))).to.deep.equal({ code: '2.04' });
      expect(answers).to.deep.equal([`acme press-07 ${said.toString()}`]);
    });

    it('and a refusal is told', async () => {
      refused = { code: 'TRANSITION_ILLEGAL', message: 'it is over' };
      const reply = await post(signPayload(PRESS, 'answer', said));
      expect([reply.code, codeOf(reply)]).to.deep.equal(['4.09', 'TRANSITION_ILLEGAL']);
    });

    it('but not by what was signed for something else, or is too large', async () => {
      expect(codeOf(await post(signPayload(PRESS, 'telemetry', said)))).to.equal('TOKEN_INVALID');
      const large = signPayload(PRESS, 'answer', Buffer.alloc(17_000));
      expect((await post(large)).code).to.equal('4.13');
      expect(answers).to.deep.equal([]);
    });
  });

  it('are nowhere else', async () => {
    const at = async (method: CoapRequest['method'], path: string): Promise<string> =>
      (await handle({ method, path, query: [], from: 'here', payload: Buffer.alloc(0) })).code;
    expect(await at('GET', '/commands')).to.equal('4.05');
    expect(await at('GET', '/constructor')).to.equal('4.04');
    expect(await at('GET', '/.well-known/core')).to.equal('2.05');
  });
});
