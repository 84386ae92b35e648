import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';

import { announcementSchema } from '../../chaincode/protocol/presence/announcement.ts';
import type { Receipt } from '../../chaincode/protocol/receipt.ts';
import { Backoff } from './backoff.ts';
import { CommandDesk } from './command-desk.ts';
import { CommandJournal } from './command-journal.ts';
import { DeviceClient, type DeviceClientOptions } from './device-client.ts';
import { DeviceTwin } from './device-twin.ts';
import { DeviceStore } from './device-store.ts';
import { FakeBroker } from './testing/fake-broker.ts';

const OWNER = { tenant: 'acme', device: 'press-07' };
const READING = { ts: 1_700_000_000_000, values: { temperature: 21.5 } };
const SOON = { first: 1, longest: 1 };

describe('device client', () => {
  let folder: string;
  let store: DeviceStore;
  let journal: CommandJournal;
  let client: DeviceClient;
  let brokers: FakeBroker[];
  let seen: string[];
  let changed: PromiseWithResolvers<undefined>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'biot-client-'));
    store = await DeviceStore.open(join(folder, 'store'));
    journal = await CommandJournal.open(join(folder, 'commands'), Date.now());
    brokers = [];
    seen = [];
    changed = Promise.withResolvers();
  });

  afterEach(async () => {
    const closed = client.close();
    for (const { stream } of brokers) stream.end();
    await closed;
    await store.close();
    await journal.close();
    rmSync(folder, { recursive: true });
  });

  function note(what: string): void {
    seen.push(what);
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  }

  async function told(what: string): Promise<void> {
    while (!seen.includes(what)) await changed.promise;
  }

  function connect(options: Partial<DeviceClientOptions> = {}): void {
    client = new DeviceClient({
      owner: OWNER,
      store,
      desk: new CommandDesk({ journal }),
      twin: new DeviceTwin(),
      connect: () => {
        const [ours, theirs] = duplexPair({ allowHalfOpen: false });
        brokers.push(new FakeBroker(theirs));
        note(`broker ${brokers.length}`);
        return ours;
      },
      reconnect: new Backoff(SOON),
      retry: new Backoff(SOON),
      events: {
        committed: (messages) => {
          note(`committed ${messages.map(({ seq }) => seq).join()}`);
        },
        refused: ({ seq, code }, message) => {
          note(`refused ${String(seq)} ${code} ${String(message?.origin)}`);
        },
        postponed: ({ code }) => {
          note(`postponed ${code}`);
        },
      },
      ...options,
    });
  }

  async function accepted(
    count: number,
    connack: Parameters<FakeBroker['accept']>[0] = {},
  ): Promise<FakeBroker> {
    await told(`broker ${count}`);
    const broker = brokers[count - 1]!;
    await broker.accept(connack, [1, 1, 1]);
    return broker;
  }

  function receipt(broker: FakeBroker, { epoch = 1, committed = [], refused = [] }: Partial<Receipt>): void {
    broker.publish(0, {
      topic: 'biot/v1/acme/press-07/receipt',
      payload: JSON.stringify({ epoch, committed, refused }),
    });
  }

  function refuse(broker: FakeBroker, seq: number | null, code: Receipt['refused'][number]['code']): void {
    receipt(broker, { refused: [{ seq, code, message: 'no' }] });
  }

  function sent(broker: FakeBroker): number[] {
    return broker.of('publish').map(({ payload }) => Number(/"seq":(\d+)/.exec(payload.toString())?.[1]));
  }

  it('subscribes to its receipts, sends what was published, and forgets it with the receipt', async () => {
    connect();
    const broker = await accepted(1);
    expect(broker.of('connect')[0]).to.include({ clientId: 'press-07', clean: true, protocolVersion: 5 });
    expect(broker.of('subscribe')[0]!.subscriptions[0]).to.include({
      topic: 'biot/v1/acme/press-07/receipt',
      qos: 1,
    });
    expect(client.publish(READING)).to.equal(1);
    await broker.seen('publish');
    const [message] = broker.of('publish');
    expect(message).to.include({ topic: 'biot/v1/acme/press-07/telemetry', qos: 1, retain: false });
    expect(JSON.parse(message!.payload.toString())).to.deep.equal({ seq: 1, ...READING });
    broker.send({ cmd: 'puback', messageId: message!.messageId! });
    receipt(broker, { committed: [[1, 1]] });
    await told('committed 1');
    expect(store.size).to.equal(0);
  });

  it('sends everything without receipt again on each new connection, whatever the broker acknowledged', async () => {
    connect();
    const first = await accepted(1);
    client.publish(READING);
    client.publish(READING);
    await first.seen('publish', 2);
    for (const { messageId } of first.of('publish')) first.send({ cmd: 'puback', messageId: messageId! });
    receipt(first, { committed: [[1, 1]] });
    await told('committed 1');
    first.stream.end();
    const second = await accepted(2);
    await second.seen('publish');
    expect(sent(second)).to.deep.equal([2]);
    expect(second.of('publish')[0]!.payload).to.deep.equal(first.of('publish')[1]!.payload);
  });

  it('sends again what no receipt came for', async () => {
    connect({ window: { resendAfter: { first: 5, longest: 5 } } });
    const broker = await accepted(1);
    client.publish(READING);
    await broker.seen('publish', 3);
    expect(sent(broker).slice(0, 3)).to.deep.equal([1, 1, 1]);
  });

  it('has no more on the way than its window, nor than the broker has places for', async () => {
    connect({ window: { size: 3 } });
    const broker = await accepted(1, { properties: { receiveMaximum: 2 } });
    for (let count = 0; count < 5; count += 1) client.publish(READING);
    await broker.seen('publish', 2);
    broker.send({ cmd: 'puback', messageId: broker.of('publish')[0]!.messageId! });
    broker.send({ cmd: 'puback', messageId: broker.of('publish')[1]!.messageId! });
    await broker.seen('publish', 3);
    receipt(broker, { committed: [[1, 3]] });
    await broker.seen('publish', 4);
    expect(sent(broker)).to.deep.equal([1, 2, 3, 4]);
  });

  it('drops what is refused for good, and tells it once', async () => {
    connect();
    const broker = await accepted(1);
    client.publish(READING, { key: 'file', value: 'row 1' });
    client.publish(READING);
    await broker.seen('publish', 2);
    refuse(broker, 1, 'TIMESTAMP_OUT_OF_RANGE');
    refuse(broker, 1, 'TIMESTAMP_OUT_OF_RANGE');
    refuse(broker, null, 'MESSAGE_MALFORMED');
    receipt(broker, { committed: [[2, 2]] });
    await told('committed 2');
    expect(seen.slice(1)).to.deep.equal([
      'refused 1 TIMESTAMP_OUT_OF_RANGE file',
      'refused null MESSAGE_MALFORMED undefined',
      'committed 2',
    ]);
    expect(store.size).to.equal(0);
  });

  it('keeps what is refused for the moment, and tries with one message until the platform takes it', async () => {
    connect();
    const broker = await accepted(1);
    for (let count = 0; count < 3; count += 1) client.publish(READING);
    await broker.seen('publish', 3);
    refuse(broker, 1, 'DEVICE_NOT_ACTIVE');
    refuse(broker, 2, 'DEVICE_NOT_ACTIVE');
    await broker.seen('publish', 4);
    refuse(broker, 1, 'LEDGER_STALE');
    await broker.seen('publish', 5);
    expect(sent(broker)).to.deep.equal([1, 2, 3, 1, 1]);
    receipt(broker, { committed: [[1, 1]] });
    await broker.seen('publish', 7);
    expect(sent(broker).slice(5)).to.deep.equal([2, 3]);
    expect(seen).to.include.members(['postponed DEVICE_NOT_ACTIVE', 'postponed LEDGER_STALE', 'committed 1']);
  });

  it('tries again when the broker had nobody to give a message to, or refused it', async () => {
    for (const [index, reasonCode] of [0x10, 0x87, 0x97].entries()) {
      connect();
      const broker = await accepted(index + 1);
      if (index === 0) client.publish(READING);
      await broker.seen('publish');
      broker.send({ cmd: 'puback', messageId: broker.of('publish')[0]!.messageId!, reasonCode });
      await broker.seen('publish', 2);
      expect(sent(broker)).to.deep.equal([1, 1]);
      const closed = client.close();
      broker.stream.end();
      await closed;
    }
    expect(seen.filter((what) => what.startsWith('postponed'))).to.deep.equal([
      'postponed BROKER_UNAVAILABLE',
      'postponed FORBIDDEN',
      'postponed BROKER_UNAVAILABLE',
    ]);
  });

  it('is not led astray by receipts that are none, or name numbers it never gave', async () => {
    connect();
    const broker = await accepted(1);
    client.publish(READING);
    await broker.seen('publish');
    const topic = 'biot/v1/acme/press-07/receipt';
    for (const payload of ['', '{', 'null', '{"epoch":1,"committed":[[0,-1]],"refused":[]}']) {
      broker.publish(0, { topic, payload });
    }
    receipt(broker, { committed: [[2, Number.MAX_SAFE_INTEGER]] });
    refuse(broker, 99, 'VALUE_INVALID');
    receipt(broker, { committed: [[1, 1]] });
    await told('committed 1');
    expect(seen).to.deep.equal(['broker 1', 'committed 1']);
  });

  it('goes on where it stopped after it was closed', async () => {
    connect();
    const first = await accepted(1);
    client.publish(READING);
    await first.seen('publish');
    const closed = client.close();
    first.stream.end();
    await closed;
    await store.close();
    store = await DeviceStore.open(join(folder, 'store'));
    connect();
    const second = await accepted(2);
    await second.seen('publish');
    expect(client.publish(READING)).to.equal(2);
    await second.seen('publish', 2);
    expect(sent(second)).to.deep.equal([1, 2]);
  });

  it('says that it is there, leaves a will, and says good-bye', async () => {
    connect();
    const broker = await accepted(1);
    client.publish(READING);
    await broker.seen('publish');
    const { will } = broker.of('connect')[0]!;
    expect(will).to.include({ topic: 'biot/v1/acme/press-07/presence', qos: 1, retain: true });
    const { connection } = announcementSchema.parse(JSON.parse(String(will!.payload)));
    expect(JSON.parse(String(will!.payload))).to.deep.equal({ state: 'offline', reason: 'lost', connection });
    const closed = client.close({ sleepSeconds: 60 });
    await broker.announced(2);
    expect(broker.announcements).to.deep.equal([
      { state: 'online', connection },
      { state: 'sleeping', seconds: 60, connection },
    ]);
    broker.stream.end();
    await closed;
  });

  it('lets a fast source wait for receipts', async () => {
    connect();
    const broker = await accepted(1);
    client.publish(READING);
    client.publish(READING);
    let free = false;
    const waiting = client.waitingAtMost(1).then(() => {
      free = true;
    });
    await broker.seen('publish', 2);
    expect(free).to.equal(false);
    receipt(broker, { committed: [[2, 2]] });
    await waiting;
    expect(store.size).to.equal(1);
  });
});
