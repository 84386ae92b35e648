import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { expect } from 'chai';
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';

import { ManualTime } from '../testing/manual-time.ts';
import { CoapEndpoint } from './endpoint.ts';
import type { CoapReply, CoapRequest, Observation } from './exchange.ts';

describe('CoapEndpoint', () => {
  let time: ManualTime;
  let asked: CoapRequest[];
  let reply: (request: CoapRequest) => Promise<CoapReply>;
  let errors: unknown[];
  let endpoint: CoapEndpoint;
  let port: number;
  let client: Socket;
  let messageId: number;

  beforeEach(async () => {
    time = new ManualTime();
    asked = [];
    errors = [];
    messageId = 0;
    reply = () => Promise.resolve({ code: '2.04' });
    endpoint = new CoapEndpoint({
      handle: (request) => {
        asked.push(request);
        return reply(request);
      },
      time,
      onError: (error) => errors.push(error),
    });
    port = await endpoint.listen(0);
    client = createSocket('udp4');
  });
  afterEach(async () => {
    client.close();
    await endpoint.close();
  });

  const path = (...parts: string[]): NonNullable<Packet['options']> =>
    parts.map((part) => ({ name: 'Uri-Path', value: Buffer.from(part) }));

  function send(packet: Packet): void {
    messageId += 1;
    client.send(generate({ code: 'POST', confirmable: true, messageId, ...packet }), port, '127.0.0.1');
  }

  async function answer(): Promise<ParsedPacket> {
    const received: unknown[] = await once(client, 'message');
    const [bytes] = received;
    if (!Buffer.isBuffer(bytes)) throw new TypeError('no datagram');
    return parse(bytes);
  }

  async function ask(packet: Packet): Promise<ParsedPacket> {
    const answered = answer();
    send(packet);
    return answered;
  }

  it('answers a confirmable request in its acknowledgement', async () => {
    const token = Buffer.from('abcd');
    const got = await ask({ token, options: path('telemetry'), payload: Buffer.from('x') });
    expect(got).to.include({ code: '2.04', ack: true, messageId: 1 });
    expect(got.token.equals(token)).to.equal(true);
    expect(
      asked.map((request) => [request.method, request.path, Buffer.from(request.payload).toString()]),
    ).to.deep.equal([['POST', '/telemetry', 'x']]);
  });

  it('answers one that is not confirmable with such a message', async () => {
    expect(await ask({ confirmable: false })).to.include({ code: '2.04', ack: false, confirmable: false });
  });

  it('does a request once, however often it comes', async () => {
    const first = await ask({ messageId: 99 });
    const again = await ask({ messageId: 99 });
    expect(again).to.deep.equal(first);
    expect(asked).to.have.length(1);
  });

  it('acknowledges at once what takes longer, and sends the answer until it is acknowledged', async () => {
    const finished = Promise.withResolvers<CoapReply>();
    reply = () => finished.promise;
    const acknowledged = answer();
    send({ token: Buffer.from('t') });
    while (asked.length === 0) await time.advance(0);
    await time.advance(200);
    expect(await acknowledged).to.include({ code: '0.00', ack: true, messageId: 1 });
    let answered = answer();
    finished.resolve({ code: '2.04' });
    const separate = await answered;
    expect(separate).to.include({ code: '2.04', ack: false, confirmable: true });
    answered = answer();
    await time.advance(3_000);
    expect(await answered).to.deep.equal(separate);
    client.send(generate({ code: '0.00', ack: true, messageId: separate.messageId }), port, '127.0.0.1');
    // What comes next is the answer to this, and no repetition.
    reply = () => Promise.resolve({ code: '2.05' });
    expect(await ask({})).to.include({ code: '2.05' });
    await time.advance(100_000);
    expect(time.waiting).to.equal(0);
  });

  describe('tells who observes', () => {
    const observe = (value: number): NonNullable<Packet['options']> => [
      { name: 'Observe', value: value === 0 ? Buffer.alloc(0) : Buffer.of(value) },
      ...path('commands'),
    ];
    const number = ({ options }: ParsedPacket): number =>
      Number.parseInt(options.find(({ name }) => name === 'Observe')?.value.toString('hex') ?? '-1', 16);

    /** @returns the first answer, and what notifies */
    async function register(): Promise<[ParsedPacket, Observation['notify']]> {
      reply = () => Promise.resolve({ code: '2.05', observed: true });
      const first = await ask({ code: '0.05', token: Buffer.from('t'), options: observe(0) });
      const notify = asked[0]?.observation?.notify;
      if (notify === undefined) throw new Error('nobody observes');
      return [first, notify];
    }

    function settleWith(kind: 'ack' | 'reset', { messageId: id }: ParsedPacket): void {
      client.send(generate({ code: '0.00', [kind]: true, messageId: id }), port, '127.0.0.1');
    }

    it('in the order of its numbers, with the token of the request', async () => {
      const [first, notify] = await register();
      const notified = answer();
      const taken = notify({ code: '2.05', payload: 'news', maxAgeSeconds: 300 });
      const news = await notified;
      expect(news).to.include({ code: '2.05', confirmable: true });
      expect([news.token.toString(), news.payload.toString()]).to.deep.equal(['t', 'news']);
      expect(news.options.find(({ name }) => name === 'Max-Age')?.value).to.deep.equal(
        Buffer.from('012c', 'hex'),
      );
      expect(number(news)).to.be.greaterThan(number(first));
      settleWith('ack', news);
      expect(await taken).to.equal(true);
      expect(time.waiting).to.equal(0);
    });

    it('with the first of several blocks, and what tells them from others', async () => {
      const [, notify] = await register();
      const notified = answer();
      const part = { number: 0, more: true, size: 1_024, of: 1_500 };
      void notify({ code: '2.05', payload: Buffer.alloc(1_024, 'x'), part, etag: Buffer.from('tag') });
      const { options, payload } = await notified;
      const valueOf = (wanted: string): string | undefined =>
        options.find(({ name }) => name === wanted)?.value.toString('hex');
      expect([valueOf('ETag'), valueOf('Block2'), valueOf('Size2')]).to.deep.equal(['746167', '0e', '05dc']);
      expect(payload).to.have.length(1_024);
    });

    it('until it rejects that', async () => {
      const [, notify] = await register();
      const notified = answer();
      const taken = notify({ code: '2.05' });
      settleWith('reset', await notified);
      expect(await taken).to.equal(false);
    });

    it('until it is not heard of any more, and gives up then', async () => {
      const [, notify] = await register();
      const taken = notify({ code: '2.05' });
      await time.advance(100_000);
      expect(await taken).to.equal(false);
      expect(time.waiting).to.equal(0);
    });

    it('and hears who wants to be told no more; other values are no wish', async () => {
      for (const value of [1, 2]) await ask({ code: '0.05', options: observe(value) });
      expect(asked.map(({ observation }) => observation?.wanted)).to.deep.equal([false, undefined]);
    });
  });

  it('puts blocks together', async () => {
    const block = (value: number): { name: 'Block1'; value: Buffer } => ({
      name: 'Block1',
      value: Buffer.of(value),
    });
    const first = await ask({ options: [...path('telemetry'), block(0x08)], payload: Buffer.alloc(16, 1) });
    expect(first.code).to.equal('2.31');
    const last = await ask({ options: [...path('telemetry'), block(0x10)], payload: Buffer.alloc(4, 2) });
    expect(last.code).to.equal('2.04');
    expect(last.options.find(({ name }) => name === 'Block1')?.value).to.deep.equal(Buffer.of(0x10));
    expect(asked.map(({ payload }) => payload.length)).to.deep.equal([20]);
  });

  it('refuses what it does not understand, and ignores what is no CoAP', async () => {
    client.send(Buffer.from('GET / HTTP/1.1'), port, '127.0.0.1');
    client.send(Buffer.alloc(0), port, '127.0.0.1');
    expect(
      await ask({ options: [{ name: 'Proxy-Uri', value: Buffer.from('coap://10.0.0.1/') }] }),
    ).to.include({
      code: '4.02',
    });
    expect(await ask({ options: [{ name: 'Block1', value: Buffer.of(0x07) }] })).to.include({ code: '4.02' });
    expect(asked).to.deep.equal([]);
  });

  it('ignores tokens that are longer than they may be: they would be in every answer', async () => {
    send({ token: Buffer.alloc(9, 1), options: path('telemetry') });
    send({ token: Buffer.alloc(1_000, 1), options: path('telemetry') });
    expect(await ask({ token: Buffer.alloc(8, 1) })).to.include({ code: '2.04' });
    expect(asked).to.have.length(1);
    expect(errors).to.deep.equal([]);
  });

  it('gives back no option that it could not read', async () => {
    const refused = await ask({ options: [{ name: 'Block1', value: Buffer.alloc(1_200, 1) }] });
    expect([refused.code, refused.options]).to.deep.equal(['4.02', []]);
    expect(errors).to.deep.equal([]);
  });

  it('says so when an answer fits into no datagram, and answers nevertheless', async () => {
    reply = () => Promise.resolve({ code: '2.05', payload: 'x'.repeat(2_000) });
    expect(await ask({})).to.include({ code: '5.00' });
    expect(errors).to.have.length(1);
  });

  it('is closed while requests are in work, and answers them no more', async () => {
    const finished = Promise.withResolvers<CoapReply>();
    const other = new CoapEndpoint({
      handle: () => finished.promise,
      time,
      onError: (error) => errors.push(error),
    });
    port = await other.listen(0);
    send({});
    while (time.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    await time.advance(200);
    finished.resolve({ code: '2.04' });
    await time.advance(0);
    expect(errors).to.deep.equal([]);
    expect(time.waiting).to.equal(0);
  });

  it('answers a ping with a reset', async () => {
    expect(await ask({ code: '0.00' })).to.include({ code: '0.00', reset: true });
  });

  it('survives a handler that fails, and says so', async () => {
    reply = () => Promise.reject(new Error('broken'));
    expect(await ask({})).to.include({ code: '5.00' });
    expect(errors.map(String)).to.deep.equal(['Error: broken']);
  });
});
