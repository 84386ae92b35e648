import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { receiptSchema } from '../../chaincode/protocol/receipt.ts';
import { IngestMetrics } from '../operations/metrics.ts';
import type { Written } from '../store/batch-writer.ts';
import type { PendingMessage } from '../store/pending-message.ts';
import type { Delivery } from '../delivery.ts';
import type { Outcome } from '../store/redelivery.ts';
import { testDevice, testType } from '../testing/devices.ts';
import { FakeBroker, FakeDelivery } from '../testing/fake-broker.ts';
import { ManualTime, settle } from '../testing/manual-time.ts';
import { Admission } from './admission.ts';
import { Pipeline } from './pipeline.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import type { RefusedMessage } from './refused-message.ts';

const TOPIC = 'biot/v1/acme/press-07/telemetry';
const RELAY = 'biot/relay/acme/press-07/telemetry';

/** A database in memory that can be away. */
class FakeWriter {
  readonly batches: (readonly PendingMessage[])[] = [];
  up = true;
  outcome: Outcome = 'stored';

  write(messages: readonly PendingMessage[]): Promise<Written> {
    if (!this.up) return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'down'));
    this.batches.push(messages);
    const header = {
      logId: 'ingest-1@operator',
      sequence: 0,
      size: messages.length,
      root: '',
      previous: '',
      ranges: '',
    };
    return Promise.resolve({ outcomes: messages.map(() => this.outcome), header, conflicts: 0 });
  }
}

describe('Pipeline', () => {
  let time: ManualTime;
  let broker: FakeBroker;
  let writer: FakeWriter;
  let refusals: RefusedMessage[];
  /** Devices of which messages were taken. */
  let taken: string[];
  let pipeline: Pipeline;
  let metrics: IngestMetrics;
  let stopping: AbortController;
  let running: Promise<void>;
  let openRelayed: (device: Device, delivery: Delivery) => Promise<Delivery>;
  let committed: number;
  let type: DeviceType;
  const registry = new Map([['press-07', testDevice('press-07')]]);

  beforeEach(async () => {
    time = new ManualTime();
    broker = new FakeBroker();
    writer = new FakeWriter();
    metrics = new IngestMetrics();
    stopping = new AbortController();
    taken = [];
    refusals = [];
    committed = 0;
    type = testType();
    openRelayed = (_, delivery) => Promise.resolve(delivery);
    pipeline = new Pipeline({
      admission: new Admission({
        mirror: {
          device: (id) => registry.get(id),
          type: () => type,
          freshness: () => ({ fresh: true, silentMs: 0, height: 3 }),
        },
        now: () => time.now(),
        settings: { earliest: Date.UTC(2000, 0, 1), retentionDays: 0, silenceBoundMs: 1_000 },
      }),
      openRelayed: (device, delivery) => openRelayed(device, delivery),
      writer,
      troubles: { raise: () => Promise.resolve(), clear: () => undefined },
      receipts: new ReceiptDesk(broker, time),
      refusals: { add: (refusal) => refusals.push(refusal) },
      onTaken: ({ id }) => taken.push(id),
      publisher: broker,
      metrics,
      log: { warn: () => undefined, error: () => undefined },
      time,
      queue: { batchItems: 100, batchBytes: 1_000_000, batchAgeMs: 50, capacity: 200 },
      onCommitted: () => (committed += 1),
    });
    running = pipeline.run(stopping.signal);
    await broker.start((delivery) => {
      pipeline.receive(delivery);
    });
  });

  afterEach(async () => {
    pipeline.end();
    stopping.abort();
    await running;
  });

  function send(seq: number, { topic = TOPIC, ts = time.now() } = {}): FakeDelivery {
    return broker.deliver(new FakeDelivery(topic, { seq, ts, values: { temperature: 21.5 } }));
  }

  function receipts(): unknown[] {
    return broker.to('/receipt').map((payload) => receiptSchema.parse(payload));
  }

  it('acknowledges and tells nothing before the commit, everything after it', async () => {
    writer.up = false;
    const deliveries = [send(1), send(2)];
    await time.advance(10_000);
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([0, 0]);
    expect(broker.published).to.have.length(0);
    writer.up = true;
    await time.advance(10_000);
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([1, 1]);
    expect(receipts()).to.deep.equal([{ epoch: 1, committed: [[1, 2]], refused: [] }]);
    expect(writer.batches).to.have.length(1);
    expect(committed).to.equal(1);
    expect(taken).to.deep.equal(['press-07', 'press-07']);
  });

  it('takes several messages of one delivery each for itself, and acknowledges it when all are settled', async () => {
    const message = (seq: number, sensor: string) => ({ seq, ts: time.now(), values: { [sensor]: 21.5 } });
    const several = [message(1, 'temperature'), message(2, 'power'), message(3, 'temperature')];
    const delivery = broker.deliver(new FakeDelivery(TOPIC, several));
    await time.advance(20);
    expect(delivery.acknowledged).to.equal(0);
    await time.advance(100);
    expect(delivery.acknowledged).to.equal(1);
    expect(writer.batches.flat().map(({ seq }) => seq)).to.deep.equal([1, 3]);
    const codes = broker.to('/receipt').flatMap((payload) => receiptSchema.parse(payload).refused);
    expect(codes.map(({ seq, code }) => [seq, code])).to.deep.equal([[2, 'SENSOR_UNKNOWN']]);
  });

  it('receipts again what was stored before, and does not show it as live', async () => {
    writer.outcome = 'again';
    const delivery = send(7);
    await time.advance(50);
    expect(delivery.acknowledged).to.equal(1);
    expect(receipts()).to.deep.equal([{ epoch: 1, committed: [[7, 7]], refused: [] }]);
    expect(broker.to('biot/live/acme/press-07')).to.have.length(0);
  });

  it('shows the newest message of each device live', async () => {
    for (const [seq, age] of [
      [1, 20],
      [2, 0],
      [3, 10],
    ] as const)
      send(seq, { ts: time.now() - age });
    await time.advance(50);
    expect(broker.to('biot/live/acme/press-07')).to.deep.equal([
      { device: 'press-07', tenant: 'acme', seq: 2, ts: time.now() - 50, values: { temperature: 21.5 } },
    ]);
  });

  const refused: [string, string, unknown, string][] = [
    ['malformed JSON', TOPIC, Buffer.from('{"seq":1,'), 'MESSAGE_MALFORMED'],
    ['broken UTF-8', TOPIC, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'MESSAGE_MALFORMED'],
    ['a megabyte', TOPIC, Buffer.alloc(1_048_576, 0x7b), 'MESSAGE_TOO_LARGE'],
    ['an unknown sensor', TOPIC, { seq: 4, ts: 1.7e12, values: { mood: 1 } }, 'SENSOR_UNKNOWN'],
    [
      'a value of the wrong type',
      TOPIC,
      { seq: 4, ts: 1.7e12, values: { temperature: '21' } },
      'VALUE_INVALID',
    ],
    ['a sensor that its type lacks', TOPIC, { seq: 4, ts: 1.7e12, values: { power: 5 } }, 'SENSOR_UNKNOWN'],
    [
      'a value out of the range of its type',
      TOPIC,
      { seq: 4, ts: 1.7e12, values: { temperature: 125.01 } },
      'VALUE_INVALID',
    ],
    [
      'a sensor that its type lacks, by HTTP',
      RELAY,
      { seq: 4, ts: 1.7e12, values: { power: 5 } },
      'SENSOR_UNKNOWN',
    ],
    ['an instant of 1970', TOPIC, { seq: 4, ts: 5, values: { temperature: 21 } }, 'TIMESTAMP_OUT_OF_RANGE'],
    ['an unknown device', TOPIC.replace('press-07', 'ghost'), { seq: 4 }, 'DEVICE_UNKNOWN'],
    ['another tenant', TOPIC.replace('acme', 'other'), { seq: 4 }, 'TENANT_MISMATCH'],
  ];
  for (const [name, topic, payload, code] of refused) {
    it(`refuses ${name}: counts, records, tells and acknowledges it, and goes on`, async () => {
      const delivery = broker.deliver(new FakeDelivery(topic, payload));
      const good = send(9);
      await time.advance(100);
      expect(delivery.acknowledged).to.equal(1);
      expect(refusals.map((refusal) => refusal.code)).to.deep.equal([code]);
      const told = broker.to('/receipt').flatMap((receipt) => receiptSchema.parse(receipt).refused);
      expect(told.map((refusal) => refusal.code)).to.deep.equal([code]);
      expect(good.acknowledged).to.equal(1);
      expect(await metrics.registry.getSingleMetricAsString('biot_ingest_refused_total')).to.include(
        `code="${code}"} 1`,
      );
    });
  }

  it('tells the number of a refused message when it can be read, so that the device can forget it', async () => {
    broker.deliver(new FakeDelivery(TOPIC, { seq: 41, ts: 5, values: { temperature: 21 } }));
    broker.deliver(new FakeDelivery(TOPIC, Buffer.from('nonsense')));
    await time.advance(50);
    const [receipt] = broker.to('/receipt').map((payload) => receiptSchema.parse(payload));
    expect(receipt?.refused.map(({ seq }) => seq)).to.deep.equal([41, null]);
  });

  it('goes by the type as it is when a message comes, and harms no other message of the batch', async () => {
    const deliver = (seq: number): FakeDelivery =>
      broker.deliver(new FakeDelivery(TOPIC, { seq, ts: time.now(), values: { temperature: 200 } }));
    send(1);
    deliver(2);
    type = testType({ version: 2, sensors: [{ ...type.sensors[0]!, maximum: 200 }] });
    deliver(3);
    send(4);
    await time.advance(100);
    expect(writer.batches.flat().map(({ seq }) => seq)).to.deep.equal([1, 3, 4]);
    expect(refusals).to.deep.equal([
      {
        device: 'press-07',
        code: 'VALUE_INVALID',
        message: 'values.temperature: 200 is not a number from -40 to 125 °C',
      },
    ]);
  });

  it('refuses what came with too many contents, for good', async () => {
    writer.outcome = 'excess';
    const delivery = send(3);
    await time.advance(100);
    expect(delivery.acknowledged).to.be.greaterThan(0);
    const [receipt] = broker.to('/receipt').map((payload) => receiptSchema.parse(payload));
    expect(receipt?.refused).to.have.length(1);
    expect(receipt?.refused[0]).to.include({ seq: 3, code: 'SEQUENCE_CONFLICT' });
    expect(receipt?.committed).to.deep.equal([]);
  });

  it('stores a relayed message that its device signed', async () => {
    const delivery = send(1, { topic: RELAY });
    await time.advance(100);
    expect(delivery.acknowledged).to.equal(1);
    expect(writer.batches.flat().map(({ device }) => device)).to.deep.equal(['press-07']);
  });

  it('tells a device nothing about a relayed message that it did not sign', async () => {
    openRelayed = () => Promise.reject(new BiotError('TOKEN_INVALID', 'forged'));
    const delivery = send(1, { topic: RELAY });
    await time.advance(100);
    expect(delivery.acknowledged).to.equal(1);
    expect(writer.batches).to.have.length(0);
    expect(refusals.map(({ code }) => code)).to.deep.equal(['TOKEN_INVALID']);
    expect(broker.published).to.have.length(0);
  });

  it('holds no more than its capacity while the database is away, and forgets nothing that is owed', async () => {
    writer.up = false;
    const lost = Array.from({ length: 150 }, (_, index) => send(index + 1));
    await time.advance(100);
    for (const delivery of lost) delivery.alive = false;
    const again = Array.from({ length: 150 }, (_, index) => send(index + 1));
    await settle();
    writer.up = true;
    await time.advance(10_000);
    expect(again.every(({ acknowledged }) => acknowledged === 1)).to.equal(true);
    const stored = new Set(writer.batches.flat().map(({ seq }) => seq));
    expect(stored.size).to.equal(150);
  });

  it('writes what it has when it is ended', async () => {
    const delivery = send(1);
    pipeline.end();
    await running;
    expect(delivery.acknowledged).to.equal(1);
  });

  it('gives up when stopped in front of a dead database, and acknowledges nothing', async () => {
    writer.up = false;
    const delivery = send(1);
    await time.advance(100);
    pipeline.end();
    stopping.abort();
    await running;
    expect(delivery.acknowledged).to.equal(0);
  });
});
