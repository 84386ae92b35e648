import { expect } from 'chai';

import type { Stream } from '../../chaincode/protocol/streams/stream.ts';
import { sqlStreamStore as gatewayStore } from '../../gateway/streams/stream-store.ts';
import type { StreamStore } from '../../gateway/notifier/streams/forwarder.ts';
import { sqlStreamStore } from '../../gateway/notifier/streams/stream-store.ts';
import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import type { StoredStream } from '../../sql/queries/streams.ts';
import { putDevices } from '../../sql/writers/devices.ts';
import { removeStream } from '../../sql/writers/streams.ts';
import { codeOf } from '../harness/failure.ts';
import { LOG, NOW, testStorage } from '../harness/storage.ts';

const STREAM: Stream = {
  ...{ id: '0b0f4d5e-4d7c-4a5e-9d55-3f1f8f3f5a11', version: 1, author: 'admin@operator', updatedAt: NOW },
  ...{ name: 'Lake', tenant: 'acme', enabled: true },
  filter: { types: null, devices: null, sensors: null },
  destination: { kind: 'webhook', url: 'https://example.com/' },
};
const OTHER_LOG = 'ingest-2@operator';
const PLACE = { stream: STREAM.id, log: LOG };

describe('streams in MariaDB', () => {
  const storage = testStorage();
  const devices = [testDevice('press-07'), testDevice('lathe-01', { type: 'lathe' })];
  let store: StreamStore;
  let seq = 0;

  beforeEach(async () => {
    await removeStream(storage.pool, STREAM.id);
    await putDevices(storage.pool, devices);
    store = sqlStreamStore(storage.pool, { now: () => NOW });
  });

  const streams = () => gatewayStore(storage, 'no key');
  const put = (change: Partial<Stream> = {}): Promise<void> =>
    streams().put({ stream: { ...STREAM, ...change }, sealedSecret: new Uint8Array([1, 2]) });

  /** A batch with a message of each device. */
  async function store1(log = LOG): Promise<void> {
    seq += 1;
    await storage
      .writer(undefined, log)
      .write(devices.map((device) => testMessage(device, seq, { temperature: seq })));
  }

  async function only(): Promise<StoredStream> {
    const [stream] = await store.due();
    if (stream === undefined) throw new Error('no stream is behind');
    return stream;
  }

  it('begin at the end of what is stored, and with the first batch of a log that begins later', async () => {
    await store1();
    await put();
    expect(await store.due()).to.deep.equal([]);
    await store1();
    await store1(OTHER_LOG);
    expect((await only()).sealedSecret).to.deep.equal(Buffer.from([1, 2]));
    expect(await store.cursors(STREAM.id)).to.deep.equal([
      { log: LOG, next: { sequence: 1, leaf: 0 }, until: null },
      { log: OTHER_LOG, next: { sequence: 0, leaf: 0 }, until: null },
    ]);
    const [shown] = await streams().streams();
    expect(shown?.behind).to.deep.equal({ batches: 2, since: NOW });
    await put({ enabled: false, version: 2 });
    expect(await store.due()).to.deep.equal([]);
  });

  it('remember what was begun, and where they stand', async () => {
    await put();
    await store1();
    await store1();
    const until = { sequence: 1, leaf: 1 };
    const first = { from: { sequence: 0, leaf: 0 }, until };
    await store.begun(PLACE, first);
    expect(await store.cursors(STREAM.id)).to.deep.equal([
      { log: LOG, next: { sequence: 0, leaf: 0 }, until },
    ]);
    await store.failed(STREAM.id, 'x'.repeat(1_000));
    expect((await only()).failure).to.have.length(300);
    await store.moved(PLACE, first, true);
    expect(await store.cursors(STREAM.id)).to.deep.equal([{ log: LOG, next: until, until: null }]);
    expect(await only()).to.deep.include({ failure: null, failedAt: NOW, deliveredAt: NOW });
    // Somebody who saw an earlier state moves nothing.
    expect(await codeOf(store.moved(PLACE, { ...first, until: { sequence: 1, leaf: 0 } }, true))).to.equal(
      'INTERNAL',
    );
    await store.moved(PLACE, { from: until, until: { sequence: 2, leaf: 0 } }, false);
    expect([await store.due(), (await streams().streams())[0]?.behind]).to.deep.equal([
      ...[[], { batches: 0, since: null }],
    ]);
  });

  it('read batches as they were stored, by types as well, and know when one is gone or is none', async () => {
    await put({ filter: { types: ['lathe'], devices: null, sensors: null } });
    for (let count = 0; count < 3; count += 1) await store1();
    const lathes = await only();
    const everything = { ...lathes, filter: STREAM.filter };
    const read = async (stream: StoredStream, from: number): Promise<unknown> =>
      (await store.batch(stream, { log: LOG, from }))?.wanted?.map(({ message }) => message.device);
    expect(await read(everything, 1)).to.deep.equal(['press-07', 'lathe-01']);
    expect(await read(lathes, 1)).to.deep.equal(['lathe-01']);
    // Whoever comes later, for batches that were read recently are remembered for a while.
    store = sqlStreamStore(storage.pool, { now: () => NOW });
    await storage.pool.query('UPDATE batches SET messages = NULL WHERE sequence = 1');
    await storage.pool.query('UPDATE batches SET messages = "nothing" WHERE sequence = 2');
    for (const sequence of [1, 2])
      expect(await store.batch(everything, { log: LOG, from: sequence })).to.deep.equal({
        ...{ sequence, wanted: null },
      });
    expect(await store.batch(everything, { log: LOG, from: 3 })).to.equal(undefined);
  });

  it('are changed by one at a time, and gone with all that they knew', async () => {
    await put();
    await put({ version: 2, name: 'Sea' });
    expect(await codeOf(put({ version: 2 }))).to.equal('VERSION_CONFLICT');
    await store1();
    await streams().remove(STREAM.id);
    expect([await store.due(), await store.cursors(STREAM.id)]).to.deep.equal([[], []]);
    // A delivery that was under way when the stream was taken away leaves nothing behind.
    expect(
      await codeOf(
        store.moved(PLACE, { from: { sequence: 0, leaf: 0 }, until: { sequence: 1, leaf: 0 } }, true),
      ),
    ).to.equal('INTERNAL');
  });
});
