import { expect } from 'chai';

import { FakeBroker } from '../testing/fake-broker.ts';
import { BrokerClient } from './broker-client.ts';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => 'taken',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error && 'code' in error ? error.code : error;
}

describe('the gateway’s connection to the broker', () => {
  let broker: FakeBroker;
  let client: BrokerClient;
  beforeEach(async () => {
    broker = new FakeBroker();
    const log = { info: () => undefined, warn: () => undefined };
    const url = await broker.listen();
    client = new BrokerClient({ url, authority: '', certificate: '', key: '', log, patienceMs: 1_000 });
    await until(() => client.connected && broker.subscriptions.size === 4);
  });
  afterEach(async () => {
    await client.close();
    await broker.crash();
  });

  const press = { id: 'press-07', tenant: 'acme' };
  const body = Buffer.from('{"seq":1}');
  const send = (): Promise<void> =>
    client.send({ device: press, what: 'telemetry', body, token: 'the.token' });

  it('hands a message on with its token, at QoS 1, under the relay topic', async () => {
    await send();
    const [packet] = broker.published;
    expect(packet).to.include({ topic: 'biot/relay/acme/press-07/telemetry', qos: 1, retain: false });
    expect(packet?.payload.toString()).to.equal('{"seq":1}');
    expect(packet?.properties?.userProperties).to.deep.equal({ token: 'the.token' });
  });

  it('says when it vouches for a device that has signed nothing', async () => {
    await client.send({ device: press, what: 'telemetry', body, vouched: true });
    expect(broker.published[0]?.properties?.userProperties).to.deep.equal({ vouched: 'certificate' });
    await client.send({ device: press, what: 'telemetry', body });
    expect(broker.published[1]?.properties?.userProperties).to.equal(undefined);
  });

  it('says that a device waits for its orders, and for how long', async () => {
    client.ask({ tenant: 'acme', device: 'press-07' }, 1_500);
    await until(() => broker.published.length === 1);
    const [packet] = broker.published;
    expect(packet?.topic).to.equal('biot/relay/acme/press-07/poll');
    expect(packet?.payload.toString()).to.equal('{"seconds":1.5}');
  });

  it('says that a message was not taken when nobody is there to read it', async () => {
    broker.acknowledge = 0x10;
    expect(await codeOf(send())).to.equal('BROKER_UNAVAILABLE');
    broker.acknowledge = 0;
    expect(await codeOf(send())).to.equal('taken');
  });

  it('tells apart messages that are under way at the same time', async () => {
    const first = send();
    await until(() => broker.published.length === 1);
    broker.acknowledge = 0x10;
    const second = send();
    expect([await codeOf(first), await codeOf(second)]).to.deep.equal(['taken', 'BROKER_UNAVAILABLE']);
  });

  it('says that a message was not taken when the broker refuses it, is silent, or is away', async () => {
    broker.acknowledge = 0x87;
    expect(await codeOf(send())).to.equal('BROKER_UNAVAILABLE');
    broker.acknowledge = undefined;
    expect(await codeOf(send())).to.equal('BROKER_UNAVAILABLE');
    await broker.crash();
    await until(() => !client.connected);
    expect(await codeOf(send())).to.equal('BROKER_UNAVAILABLE');
  });

  it('subscribes to what is watched, and to anchors, commands, alerts and presence always', async () => {
    expect([...broker.subscriptions]).to.deep.equal([
      'biot/anchored/+',
      'biot/commands/+',
      'biot/alerts/+',
      'biot/presence/+',
    ]);
    client.watch(new Set(['a', 'b']));
    await until(() => broker.subscriptions.size === 6);
    expect([...broker.subscriptions]).to.include.members(['biot/live/+/a', 'biot/live/+/b']);
    client.watch('*');
    await until(() => broker.subscriptions.has('biot/live/+/+') && broker.subscriptions.size === 5);
    client.watch(new Set());
    await until(() => broker.subscriptions.size === 4);
  });

  it('closes though an acknowledgement is owed by a broker that is gone', async () => {
    broker.acknowledge = undefined;
    await codeOf(send());
    await broker.crash();
    await client.close();
  });

  it('passes on what comes', async () => {
    const got: string[] = [];
    client.listen((topic, payload) => got.push(`${topic} ${Buffer.from(payload).toString()}`));
    broker.send('biot/live/acme/press-07', '{}');
    await until(() => got.length > 0);
    expect(got).to.deep.equal(['biot/live/acme/press-07 {}']);
  });
});
