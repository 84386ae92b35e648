import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import { signRequest } from '../device/signed-payload.ts';
import { PRESS, pressOnLedger, testResources, Watcher } from '../testing/coap.ts';
import { ManualTime, settle } from '../testing/manual-time.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { Observers } from './observers.ts';
import { coapResources } from './resources.ts';

const LARGE = JSON.stringify({ id: 'a', text: 'ü'.repeat(2_000) });
const WHOLE = `{"orders":[${LARGE}]}`;

describe('orders that are larger than a block', () => {
  let time: ManualTime;
  let press: Device;
  let observers: Observers;
  let handle: (request: CoapRequest) => Promise<CoapReply>;

  beforeEach(() => {
    time = new ManualTime();
    press = pressOnLedger();
    observers = new Observers(time);
    handle = coapResources({ ...testResources(time, () => press), observers });
  });

  async function observe(size?: number): Promise<Watcher> {
    const watcher = new Watcher();
    await handle({
      ...{ method: 'FETCH', path: '/commands', query: [], from: 'here', observation: watcher },
      payload: signRequest(PRESS, { purpose: 'orders' }, time.now()),
      ...(size !== undefined && { part: { number: 0, more: false, size } }),
    });
    return watcher;
  }

  async function fetch(number: number, { size = 1_024, from = 'here' } = {}): Promise<CoapReply> {
    const part = { number, more: false, size };
    const payload = Buffer.alloc(0);
    const reply = handle({ method: 'FETCH', path: '/commands', query: [], from, part, payload });
    await time.advance(10);
    return reply;
  }

  function deliver(id = 'a', text = LARGE, still = () => true): Promise<boolean> {
    const delivered = observers.deliver('press-07', { id, text, still });
    if (delivered === undefined) throw new Error('nobody observes');
    return delivered;
  }

  /** What became of it so far; undefined when nothing did. */
  async function outcome(delivered: Promise<boolean>): Promise<boolean | undefined> {
    await settle();
    return Promise.race([delivered, Promise.resolve(undefined)]);
  }

  const bytes = ({ payload = '' }: CoapReply): Buffer => Buffer.from(payload);

  async function told(watcher: Watcher): Promise<CoapReply> {
    await settle();
    const last = watcher.told.at(-1);
    if (last === undefined) throw new Error('nothing was told');
    return last;
  }

  for (const [what, wanted, size] of [
    ['of 1 KiB', undefined, 1_024],
    ['of the size that the device wants', 64, 64],
    ['of a size that it asks for only then', undefined, 256],
  ] as const) {
    it(`come in blocks ${what}, and are sent when the last was asked for`, async () => {
      const watcher = await observe(wanted);
      const delivered = deliver();
      const first = await told(watcher);
      expect(first.part).to.include({ number: 0, more: true, size: wanted ?? 1_024 });
      let body = bytes(first);
      for (let more = true; more;) {
        expect(await outcome(delivered)).to.equal(undefined);
        const next = await fetch(body.length / size, { size });
        expect([next.code, next.part?.size, next.etag]).to.deep.equal(['2.05', size, first.etag]);
        body = Buffer.concat([body, bytes(next)]);
        more = next.part?.more === true;
      }
      expect(body.toString()).to.equal(WHOLE);
      expect(await delivered).to.equal(true);
      expect(watcher.told).to.have.length(1);
      expect(time.waiting).to.equal(0);
    });
  }

  it('are not sent to a client that asks for none or only for the last, and others are told after them', async () => {
    const watcher = await observe();
    const [large, small] = [deliver(), deliver('b', '{"id":"b"}')];
    await settle();
    expect((await fetch(3)).part?.more).to.equal(false);
    expect(await outcome(large)).to.equal(undefined);
    await time.advance(30_000);
    expect(await Promise.all([large, small])).to.deep.equal([false, true]);
    expect(watcher.told.map((reply) => reply.part?.number)).to.deep.equal([0, undefined]);
    expect((await fetch(1)).code).to.equal('4.04');
  });

  it('are not held up by who asks for the same block again and again', async () => {
    await observe();
    const delivered = deliver();
    await settle();
    for (let round = 0; round < 31; round += 1) {
      await fetch(0);
      await time.advance(1_000);
    }
    expect(await outcome(delivered)).to.equal(false);
  });

  it('are given up after five minutes, however slowly a client asks for something new', async () => {
    await observe(16);
    const delivered = deliver();
    await settle();
    for (let number = 1; number < 15; number += 1) {
      await time.advance(20_000);
      expect((await fetch(number, { size: 16 })).code).to.equal('2.05');
    }
    expect(await outcome(delivered)).to.equal(undefined);
    await time.advance(20_000);
    expect(await outcome(delivered)).to.equal(false);
    expect(time.waiting).to.equal(0);
  });

  it('are given up when their observer is replaced, or observes no more', async () => {
    await observe();
    const first = deliver();
    await settle();
    await time.advance(1);
    await observe();
    expect(await outcome(first)).to.equal(false);
    const second = deliver();
    await settle();
    observers.remove('press-07', 'here abcd');
    expect(await outcome(second)).to.equal(false);
    expect(time.waiting).to.equal(0);
  });

  it('are sent no further when they are not to be done any more, nor is what waits behind them', async () => {
    const watcher = await observe();
    let valid = true;
    const delivered = ['a', 'b'].map((id) => deliver(id, LARGE, () => valid));
    await settle();
    expect((await fetch(1)).code).to.equal('2.05');
    valid = false;
    expect((await fetch(2)).code).to.equal('4.04');
    expect(await Promise.all(delivered)).to.deep.equal([false, false]);
    expect(watcher.told).to.have.length(1);
  });

  it('are there for their device also when somebody has asked for all of it in its name', async () => {
    await observe();
    const delivered = deliver();
    await settle();
    const [etag] = (await Promise.all([1, 2, 3].map((number) => fetch(number)))).map((reply) => reply.etag);
    expect(await delivered).to.equal(true);
    for (const number of [1, 2, 3]) expect(await fetch(number)).to.include({ code: '2.05', etag });
    await time.advance(30_000);
    expect((await fetch(1)).code).to.equal('4.04');
  });

  it('are not sent when somebody has asked for all of it in the name of a device that is not there', async () => {
    const watcher = await observe();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    watcher.notify = () => promise;
    const delivered = deliver();
    await settle();
    for (const number of [1, 2, 3]) await fetch(number);
    resolve(false);
    expect(await delivered).to.equal(false);
  });

  it('begin anew when they come again, with another ETag', async () => {
    const watcher = await observe();
    const before = deliver();
    const first = await told(watcher);
    await time.advance(30_000);
    expect(await before).to.equal(false);
    void deliver();
    const again = await told(watcher);
    expect(bytes(again).equals(bytes(first))).to.equal(true);
    expect(again.etag).to.not.deep.equal(first.etag);
    expect((await fetch(1)).etag).to.deep.equal(again.etag);
  });

  it('are for the address alone that was told the first block', async () => {
    await observe();
    void deliver();
    await settle();
    expect((await fetch(1, { from: 'elsewhere' })).code).to.equal('4.04');
    expect((await fetch(1)).code).to.equal('2.05');
    expect((await fetch(9)).code).to.equal('4.00');
  });

  it('end when the device is suspended', async () => {
    await observe();
    void deliver();
    await settle();
    press = { ...press, status: 'suspended' };
    expect(String((await fetch(1)).payload)).to.include('DEVICE_NOT_ACTIVE');
  });

  it('are told no more to who does not acknowledge the first block', async () => {
    const watcher = await observe();
    watcher.there = false;
    expect(await deliver()).to.equal(false);
    expect(observers.deliver('press-07', { id: 'b', text: '{}', still: () => true })).to.equal(undefined);
    expect(time.waiting).to.equal(0);
  });

  it('wait only so many at a time, and what is small is told beside them', async () => {
    await observe();
    const large = Array.from({ length: 9 }, (_, index) => deliver(`large ${index}`));
    const [first, ninth] = [large[0], large[8]];
    if (first === undefined || ninth === undefined) throw new Error('there were nine');
    expect(await outcome(ninth)).to.equal(false);
    expect(await outcome(first)).to.equal(undefined);
    const small = deliver('small', '{}');
    await time.advance(8 * 30_000);
    expect(await small).to.equal(true);
    expect(await outcome(deliver())).to.equal(undefined);
  });
});
