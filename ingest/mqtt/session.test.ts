import { expect } from 'chai';
import { duplexPair } from 'node:stream';

import type { Delivery } from '../delivery.ts';
import { FakeBroker } from '../device/testing/fake-broker.ts';
import { Session, type SessionOptions } from './session.ts';

const OPTIONS: SessionOptions = {
  clientId: 'worker',
  subscriptions: ['$share/group/a/+', '$share/group/b'],
  receiveMaximum: 10,
  sessionExpirySeconds: 60,
  keepaliveMs: 60_000,
  handshakeMs: 60_000,
};

describe('session', () => {
  let broker: FakeBroker;
  let session: Session;
  const deliveries: Delivery[] = [];
  let watchers: (() => void)[];

  function open(options: Partial<SessionOptions> = {}): void {
    const [ours, theirs] = duplexPair();
    deliveries.length = 0;
    watchers = [];
    broker = new FakeBroker(theirs);
    session = new Session(
      ours,
      { ...OPTIONS, ...options },
      {
        accepted: () => undefined,
        receive: (delivery) => {
          deliveries.push(delivery);
          for (const watcher of watchers) watcher();
        },
        acknowledged: () => undefined,
        drained: () => undefined,
      },
    );
  }

  async function delivered(count: number): Promise<void> {
    while (deliveries.length < count) await new Promise<void>((resolve) => watchers.push(resolve));
  }

  afterEach(() => {
    session.destroy();
  });

  it('asks for a lasting session with its window, and for its subscriptions at QoS 1', async () => {
    open();
    await broker.accept({
      sessionPresent: true,
      properties: { receiveMaximum: 20, maximumPacketSize: 5000 },
    });
    expect(await session.ready).to.deep.equal({ resumed: true, receiveMaximum: 20, maximumPacketSize: 5000 });
    const [connect] = broker.of('connect');
    expect(connect).to.include({ protocolVersion: 5, clean: false, clientId: 'worker' });
    expect(connect!.properties).to.deep.equal({ receiveMaximum: 10, sessionExpiryInterval: 60 });
    expect(broker.of('subscribe')[0]!.subscriptions.map(({ topic, qos }) => [topic, qos])).to.deep.equal([
      ['$share/group/a/+', 1],
      ['$share/group/b', 1],
    ]);
  });

  it('hands over what arrives, with the token of a relayed message', async () => {
    open();
    await broker.accept();
    broker.publish(1, { properties: { userProperties: { token: 'abc' } } });
    broker.publish(2, { properties: { userProperties: { token: ['abc', 'def'] } } });
    broker.publish(0);
    await delivered(3);
    expect(
      deliveries.map(({ topic, payload, token }) => [topic, Buffer.from(payload).toString(), token]),
    ).to.deep.equal([
      ['a/b', 'x', 'abc'],
      ['a/b', 'x', undefined],
      ['a/b', 'x', undefined],
    ]);
    expect(deliveries.map((delivery) => delivery.owed())).to.deep.equal([true, true, false]);
  });

  it('hands over that the gateway vouches for a device, and no other word for it', async () => {
    open();
    await broker.accept();
    broker.publish(1, { properties: { userProperties: { vouched: 'certificate' } } });
    broker.publish(2, { properties: { userProperties: { vouched: 'yes' } } });
    await delivered(2);
    expect(deliveries.map(({ vouched }) => vouched)).to.deep.equal([true, undefined]);
  });

  it('takes deliveries of a resumed session before its subscription is answered', async () => {
    open();
    await broker.seen('connect');
    broker.send({ cmd: 'connack', reasonCode: 0, sessionPresent: true });
    broker.publish(9, { dup: true });
    await delivered(1);
    deliveries[0]!.acknowledge();
    await broker.seen('puback');
    expect(broker.of('puback')[0]!.messageId).to.equal(9);
  });

  it('acknowledges nothing by itself, and a batch in one write', async () => {
    open();
    await broker.accept();
    for (let messageId = 1; messageId <= 10; messageId += 1) broker.publish(messageId);
    await delivered(10);
    expect(broker.of('puback')).to.have.length(0);
    const writes = broker.writes.length;
    for (const delivery of [...deliveries].reverse()) delivery.acknowledge();
    await broker.seen('puback', 10);
    expect(broker.of('puback').map(({ messageId }) => messageId)).to.deep.equal([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(broker.writes.length - writes).to.equal(1);
    expect(deliveries.some((delivery) => delivery.owed())).to.equal(false);
  });

  it('stops reading a broker that sends more than its window, pings on, and reads on when there is room', async () => {
    open({ keepaliveMs: 20 });
    await broker.accept();
    for (let messageId = 1; messageId <= 15; messageId += 1) broker.publish(messageId);
    await delivered(11);
    await broker.seen('pingreq', 4);
    expect(deliveries).to.have.length(11);
    deliveries[0]!.acknowledge();
    await delivered(12);
    for (const delivery of deliveries) delivery.acknowledge();
    await delivered(15);
  });

  it('owes nothing once the connection is lost', async () => {
    open();
    await broker.accept();
    broker.publish(1);
    await delivered(1);
    broker.stream.end();
    expect(await session.ended).to.include({ code: 'BROKER_UNAVAILABLE' });
    expect(deliveries[0]!.owed()).to.equal(false);
    deliveries[0]!.acknowledge();
    expect(broker.of('puback')).to.have.length(0);
  });

  it('sends pending acknowledgements and a good-bye before it closes', async () => {
    open();
    await broker.accept();
    await session.ready;
    broker.publish(1);
    await delivered(1);
    deliveries[0]!.acknowledge();
    const closed = session.close();
    await broker.seen('disconnect');
    expect(broker.packets.slice(-2).map(({ cmd }) => cmd)).to.deep.equal(['puback', 'disconnect']);
    broker.stream.end();
    await closed;
  });

  it('gives up when the broker refuses the connection or a subscription', async () => {
    open();
    await broker.seen('connect');
    broker.send({ cmd: 'connack', reasonCode: 0x87, sessionPresent: false });
    expect((await session.ended).message).to.contain('0x87');
    open();
    await broker.accept({}, [1, 0x87]);
    expect((await session.ended).message).to.contain('$share/group/b');
  });

  it('gives up when the broker sends something else than MQTT', async () => {
    open();
    broker.stream.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await session.ended).message).to.contain('not MQTT');
  });

  it('gives up when the broker does not answer at all, or falls silent', async () => {
    open({ handshakeMs: 10 });
    expect((await session.ended).message).to.contain('does not answer');
    open({ keepaliveMs: 10 });
    await broker.accept();
    expect((await session.ended).message).to.contain('silent');
    expect(broker.of('pingreq')).not.to.have.length(0);
  });

  it('stays while the broker answers its pings', async () => {
    open({ keepaliveMs: 10 });
    await broker.accept();
    for (let beat = 1; beat <= 5; beat += 1) {
      await broker.seen('pingreq', beat);
      broker.send({ cmd: 'pingresp' });
    }
    session.publish({ topic: 'still', payload: Buffer.from('here') });
    await broker.seen('publish');
  });
});
