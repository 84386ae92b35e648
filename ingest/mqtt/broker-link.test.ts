import { expect } from 'chai';
import { duplexPair } from 'node:stream';

import type { Delivery } from '../delivery.ts';
import { Backoff } from '../../network/backoff.ts';
import { BrokerLink } from './broker-link.ts';
import { FakeBroker } from '../device/testing/fake-broker.ts';

const SILENT = { info: () => undefined, warn: () => undefined };

describe('broker link', () => {
  let link: BrokerLink;
  let brokers: FakeBroker[];
  let newBroker: PromiseWithResolvers<undefined>;
  const deliveries: Delivery[] = [];
  let delivery: PromiseWithResolvers<undefined>;

  beforeEach(() => {
    brokers = [];
    deliveries.length = 0;
    newBroker = Promise.withResolvers();
    delivery = Promise.withResolvers();
    link = new BrokerLink({
      clientId: 'worker',
      subscriptions: ['$share/group/a/+'],
      connect: () => {
        const [ours, theirs] = duplexPair();
        brokers.push(new FakeBroker(theirs));
        newBroker.resolve(undefined);
        newBroker = Promise.withResolvers();
        return ours;
      },
      backoff: new Backoff({ firstMs: 1, longestMs: 1 }, () => 1),
      log: SILENT,
    });
  });

  afterEach(async () => {
    const closed = link.close();
    for (const { stream } of brokers) stream.end();
    await closed;
  });

  async function broker(count: number): Promise<FakeBroker> {
    while (brokers.length < count) await newBroker.promise;
    return brokers[count - 1]!;
  }

  async function started(connack: Parameters<FakeBroker['accept']>[0] = {}): Promise<FakeBroker> {
    const start = link.start((one) => {
      deliveries.push(one);
      delivery.resolve(undefined);
      delivery = Promise.withResolvers();
    });
    const first = await broker(1);
    await first.accept(connack, [1]);
    await start;
    return first;
  }

  async function reconnected(first: FakeBroker, sessionPresent: boolean): Promise<FakeBroker> {
    first.stream.end();
    const second = await broker(2);
    await second.accept({ sessionPresent }, [1]);
    return second;
  }

  async function delivered(count: number): Promise<void> {
    while (deliveries.length < count) await delivery.promise;
  }

  function receipts(count: number): void {
    for (let index = 1; index <= count; index += 1) link.publish('receipt', String(index), { qos: 1 });
  }

  it('connects again for ever, and acknowledges a delivery only where it came from', async () => {
    const first = await started();
    first.publish(5);
    await delivered(1);
    const second = await reconnected(first, true);
    second.publish(5, { dup: true });
    await delivered(2);
    deliveries[0]!.acknowledge();
    second.publish(6);
    await delivered(3);
    expect(second.of('puback')).to.have.length(0);
    deliveries[1]!.acknowledge();
    deliveries[2]!.acknowledge();
    await second.seen('puback', 2);
    expect(second.of('puback').map(({ messageId }) => messageId)).to.deep.equal([5, 6]);
    expect(link.counters).to.include({ connections: 2, delivered: 3 });
  });

  it('sends no more receipts than the broker has places for', async () => {
    const first = await started({ properties: { receiveMaximum: 2 } });
    receipts(5);
    await first.seen('publish', 2);
    expect(first.of('publish')).to.have.length(2);
    first.send({ cmd: 'puback', messageId: 1 });
    first.send({ cmd: 'puback', messageId: 2 });
    await first.seen('publish', 4);
    expect(first.of('publish').map(({ payload }) => payload.toString())).to.deep.equal(['1', '2', '3', '4']);
  });

  it('sends again what a resumed session had not acknowledged, and drops what it had not sent', async () => {
    const first = await started({ properties: { receiveMaximum: 2 } });
    receipts(3);
    await first.seen('publish', 2);
    first.send({ cmd: 'puback', messageId: 1 });
    await first.seen('publish', 3);
    const second = await reconnected(first, true);
    await second.seen('publish', 2);
    expect(
      second.of('publish').map(({ payload, dup, messageId }) => [payload.toString(), dup, messageId]),
    ).to.deep.equal([
      ['2', true, 2],
      ['3', true, 3],
    ]);
  });

  it('forgets unacknowledged receipts with the session, and counts them', async () => {
    const first = await started({ properties: { receiveMaximum: 2 } });
    receipts(3);
    await first.seen('publish', 2);
    const second = await reconnected(first, false);
    while (!link.connected()) await new Promise(setImmediate);
    expect(link.counters.dropped).to.equal(3);
    link.publish('receipt', 'new', { qos: 1 });
    await second.seen('publish');
    expect(second.of('publish')[0]!.payload.toString()).to.equal('new');
  });

  it('drops and counts what has no connection or is too large for the broker', async () => {
    link.publish('live', 'x', { qos: 0 });
    link.publish('receipt', 'x', { qos: 1 });
    expect(link.counters).to.include({ published: 0, dropped: 2 });
    const first = await started({ properties: { maximumPacketSize: 100 } });
    link.publish('receipt', 'x'.repeat(100), { qos: 1 });
    link.publish('receipt', 'fits', { qos: 1 });
    await first.seen('publish');
    expect(first.of('publish').map(({ payload }) => payload.toString())).to.deep.equal(['fits']);
    expect(link.counters).to.include({ published: 1, dropped: 3 });
  });

  it('keeps its memory bounded when the broker does not read', async () => {
    const first = await started();
    first.stream.pause();
    const payload = Buffer.alloc(50_000);
    for (let count = 0; count < 1000; count += 1) {
      link.publish('live', payload, { qos: 0 });
      link.publish('receipt', payload, { qos: 1 });
    }
    expect(link.counters.published).to.be.lessThan(500);
    expect(link.counters.dropped).to.equal(2000 - link.counters.published);
    first.stream.resume();
    // What was taken into the outbox is still sent, acknowledgement by acknowledgement or as the network drains.
    await first.seen('publish', link.counters.published);
  });

  it('hands over nothing after it was stopped, but still acknowledges and publishes', async () => {
    const first = await started();
    first.publish(1);
    await delivered(1);
    await link.stop();
    first.publish(2);
    deliveries[0]!.acknowledge();
    link.publish('receipt', 'last', { qos: 1 });
    await first.seen('puback');
    await first.seen('publish');
    expect(deliveries).to.have.length(1);
    expect(first.of('puback').map(({ messageId }) => messageId)).to.deep.equal([1]);
  });

  it('tells what became of each publication: the broker’s reason code, or that nobody knows', async () => {
    const told: [string, number | undefined][] = [];
    const order = (name: string): void => {
      link.publish('order', name, {
        qos: 1,
        properties: {
          responseTopic: 'answer',
          correlationData: Buffer.from(name),
          messageExpiryInterval: 60,
        },
        settled: (reasonCode) => told.push([name, reasonCode]),
      });
    };
    order('early');
    const first = await started({ properties: { receiveMaximum: 2 } });
    for (const name of ['taken', 'nobody', 'waiting', 'dropped']) order(name);
    await first.seen('publish', 2);
    expect(first.of('publish')[0]!.properties).to.deep.include({
      responseTopic: 'answer',
      correlationData: Buffer.from('taken'),
      messageExpiryInterval: 60,
    });
    first.send({ cmd: 'puback', messageId: 1, reasonCode: 0 });
    first.send({ cmd: 'puback', messageId: 2, reasonCode: 0x10 });
    await first.seen('publish', 4);
    order('never sent');
    const second = await reconnected(first, false);
    while (!link.connected()) await new Promise(setImmediate);
    expect(told).to.deep.equal([
      ['early', undefined],
      ['taken', 0],
      ['nobody', 0x10],
      ['never sent', undefined],
      ['waiting', undefined],
      ['dropped', undefined],
    ]);
    expect(second.of('publish')).to.deep.equal([]);
  });

  it('hands over the correlation data of what it receives', async () => {
    const first = await started();
    first.publish(7, { properties: { correlationData: Buffer.from('which') } });
    await delivered(1);
    expect(Buffer.from(deliveries[0]!.correlation!).toString()).to.equal('which');
  });
});
