import { expect } from 'chai';
import mariadb from 'mariadb';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import { receiptSchema } from '../../chaincode/protocol/receipt.ts';
import { readConfig } from '../../ingest/config.ts';
import { systemTime } from '../../network/time.ts';
import { testDevice, testType } from '../../ingest/testing/devices.ts';
import { FakeBroker, FakeDelivery } from '../../ingest/testing/fake-broker.ts';
import { FakeLedger } from '../../network/anchoring/testing/fake-ledger.ts';
import { Worker } from '../../ingest/worker.ts';
import { Detectors } from '../../ingest/alerts/detectors.ts';
import { openHome } from '../../network/home/home.ts';
import { GENERIC_TYPE } from '../../network/initial-types.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { connect, type Database, type DatabaseOptions, homeDatabase } from '../../sql/connect.ts';
import { migrate } from '../../sql/migrate.ts';
import { maintainPartitions } from '../../sql/partition-maintenance.ts';
import { anchorPage } from '../../sql/queries/anchors.ts';
import { readingPage } from '../../sql/queries/telemetry.ts';
import { transactions } from '../../sql/transaction.ts';

const CONFIG = readConfig({});

/** The worker on a real database; broker and ledger are in memory. */
describe('ingest worker', () => {
  const owner = homeDatabase(openHome(), 'biot');
  const options: DatabaseOptions = { ...owner, database: `biot_test_${randomBytes(4).toString('hex')}` };
  const press = testDevice('press-07');
  const type = testType({ sensors: GENERIC_TYPE.sensors });
  const pump = testDevice('pump-1', { status: 'suspended' });
  const registry = new Map([press, pump].map((device) => [device.id, device]));
  let database: Database;
  let broker: FakeBroker;
  const ledger = new FakeLedger(CONFIG.member);
  let worker: Worker;

  async function administer(sql: string): Promise<void> {
    const { socket: socketPath, user, password } = owner;
    const connection = await mariadb.createConnection({ socketPath, user, password });
    await connection.query(sql);
    await connection.end();
  }

  before(async () => {
    await administer(`CREATE DATABASE ${options.database}`);
    database = connect(options);
    await migrate(database.pool);
  });

  after(async () => {
    await database.close();
    await administer(`DROP DATABASE ${options.database}`);
  });

  beforeEach(async () => {
    broker = new FakeBroker();
    worker = new Worker({
      config: CONFIG,
      database: database.pool,
      transact: transactions(database.pool),
      mirror: {
        size: registry.size,
        device: (id) => registry.get(id),
        devices: () => registry.values(),
        type: () => type,
        policy: () => new RuleSet([]),
        freshness: () => ({ fresh: true, silentMs: 0, height: 3 }),
        ready: () => Promise.resolve(),
        onChange: () => () => undefined,
        close: () => Promise.resolve(),
      },
      client: ledger.client,
      anchors: ledger.anchors,
      command: () => Promise.reject(new BiotError('COMMAND_UNKNOWN', 'no command')),
      rollout: () => Promise.reject(new BiotError('NOT_FOUND', 'no rollout')),
      broker,
      detectors: new Detectors(openHome().path('data', 'ingest', 'detectors-of-test.json')),
      coap: () => Promise.resolve(() => Promise.resolve()),
      firmware: {
        offers: { of: () => Promise.resolve([]) },
        imagePart: () => Promise.reject(new BiotError('NOT_FOUND', 'no image')),
      },
      org: 'OperatorMSP',
      expire: () => Promise.resolve(),
      maintain: async () => {
        await maintainPartitions(database.pool, Date.now(), { retentionDays: 0, monthsAhead: 3 });
      },
      log: pino({ level: 'silent' }),
      time: systemTime,
    });
    await worker.start();
  });

  afterEach(() => worker.stop());

  function send(seq: number, device = 'press-07'): FakeDelivery {
    const topic = `biot/v1/acme/${device}/telemetry`;
    return broker.deliver(
      new FakeDelivery(topic, { seq, ts: Date.now(), values: { temperature: seq, humidity: 50 } }),
    );
  }

  async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
    expect(await waitUntil(condition, 30_000)).to.equal(true);
  }

  it('takes messages all the way: rows, receipt, live reading, anchor, device', async () => {
    const deliveries = [1, 2, 3].map((seq) => send(seq));
    await eventually(() => deliveries.every(({ acknowledged }) => acknowledged === 1));
    const rows = await readingPage(database.pool, { device: press.id, tenants: '*', limit: 10 });
    expect(rows.map(({ seq, sensor }) => `${seq} ${sensor}`)).to.have.members(
      [1, 2, 3].flatMap((seq) => [`${seq} temperature`, `${seq} humidity`]),
    );
    expect(
      broker.to('/press-07/receipt').flatMap((each) => receiptSchema.parse(each).committed),
    ).to.deep.equal([[1, 3]]);
    expect(broker.to('biot/live/acme/press-07')).to.have.length(1);
    await eventually(() => broker.to('biot/anchored/ingest-1@operator').length > 0);
    const [anchor] = await anchorPage(database.pool, { limit: 1 });
    expect(anchor).to.include({ state: 'committed', block: 1, size: 3 });
    await eventually(async () => (await database.models.devices.findByPk('pump-1'))?.status === 'suspended');
  });

  it('stores once what comes again, and sends its receipt again', async () => {
    const payload = { seq: 50, ts: Date.now(), values: { pressure: 1013.25 } };
    for (let time = 1; time <= 3; time += 1) {
      const delivery = new FakeDelivery('biot/v1/acme/press-07/telemetry', payload);
      broker.deliver(delivery);
      await eventually(() => delivery.acknowledged === 1);
      expect(broker.to('/press-07/receipt')).to.have.length(time);
    }
    const rows = await readingPage(database.pool, {
      device: press.id,
      tenants: '*',
      sensor: 'pressure',
      limit: 10,
    });
    expect(rows.map(({ seq, value }) => [seq, value])).to.deep.equal([[50, 1013.25]]);
  });

  it('names refusals in the audit trail within seconds', async () => {
    send(1, 'pump-1');
    send(2, 'pump-1');
    const find = () => database.models.auditLogs.findAll({ where: { deviceId: 'pump-1' } });
    await eventually(async () => (await find()).length > 0);
    const [entry] = await find();
    expect(entry).to.include({ action: 'refuseTelemetry', actor: 'ingest-1@operator' });
    expect(entry?.details).to.include({ code: 'DEVICE_NOT_ACTIVE', number: 2 });
  });

  it('writes what it has when it is stopped', async () => {
    const delivery = send(100);
    await worker.stop();
    expect(delivery.acknowledged).to.equal(1);
    expect(broker.to('/press-07/receipt').map((each) => receiptSchema.parse(each).committed)).to.deep.equal([
      [[100, 100]],
    ]);
  });
});
