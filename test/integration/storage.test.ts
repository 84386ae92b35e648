import { expect } from 'chai';
import fc from 'fast-check';
import mariadb, { type Connection, type Pool } from 'mariadb';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { fromHex, toHex } from '../../chaincode/protocol/hash.ts';
import { headerHashHex, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import {
  encodeRawMessage,
  type Message,
  messageLeaf,
  type RawMessage,
} from '../../chaincode/protocol/message.ts';
import { rangesOf, rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { readingPlace } from '../../chaincode/protocol/reading-id.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import { databaseOutbox } from '../../ingest/anchoring/outbox.ts';
import { BatchWriter } from '../../ingest/store/batch-writer.ts';
import { type PendingMessage, pendingMessage } from '../../ingest/store/pending-message.ts';
import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import { openHome } from '../../network/home/home.ts';
import {
  connect,
  connectPool,
  type Database,
  type DatabaseOptions,
  homeDatabase,
} from '../../sql/connect.ts';
import { withConnection } from '../../sql/connection.ts';
import { migrate } from '../../sql/migrate.ts';
import { MIGRATIONS } from '../../sql/migrations/index.ts';
import { maintainPartitions } from '../../sql/partition-maintenance.ts';
import { anchorPage, headerHashes, witnessOf } from '../../sql/queries/anchors.ts';
import { committedRanges, lastSeen } from '../../sql/queries/devices.ts';
import { findMember } from '../../sql/queries/members.ts';
import { rollup } from '../../sql/queries/rollup.ts';
import { latestValues, readingPage, readingsById, sensorSpan } from '../../sql/queries/telemetry.ts';
import { totals } from '../../sql/queries/totals.ts';
import type { Queryable } from '../../sql/query.ts';
import { type Transact, transactions } from '../../sql/transaction.ts';
import { DATABASE_USERS, grantPrivileges } from '../../sql/users.ts';
import { insertAuditEntries } from '../../sql/writers/audit-logs.ts';
import { putDevices } from '../../sql/writers/devices.ts';

const LOG = 'ingest-1@operator';
const NOW = Date.UTC(2026, 5, 15, 12);
const KEEP = { retentionDays: 0, monthsAhead: 3 };

/** The rows of `telemetry` put together to messages again, by the places in their ids. */
async function storedMessages(pool: Pool): Promise<Map<bigint, RawMessage[]>> {
  const batches = new Map<bigint, RawMessage[]>();
  for (const row of await readingsById(pool, 0n, 2n ** 63n)) {
    const { batch, leaf, value } = readingPlace(row.id);
    const messages = batches.get(batch) ?? [];
    const { tenant, device, epoch, seq, ts } = row;
    const message = (messages[leaf] ??= { tenant, device, epoch, seq, ts, values: [] });
    messages[leaf] = { ...message, values: [...message.values, { sensor: row.sensor, value: row.value }] };
    expect(value).to.equal(message.values.length);
    batches.set(batch, messages);
  }
  return batches;
}

/** Recomputes a log from the stored columns, as an auditor does, and compares with everything that was stored. */
async function expectSoundLog(pool: Pool, logId: string): Promise<void> {
  const anchors = (await anchorPage(pool, { logId, limit: 10_000 })).reverse();
  const hashes = await headerHashes(pool, logId, 0, 10_000);
  const messages = await storedMessages(pool);
  let previous = NO_PREVIOUS;
  for (const [sequence, anchor] of anchors.entries()) {
    const batch = messages.get(anchor.batch) ?? [];
    const canonical = batch.map(encodeRawMessage);
    const header = {
      logId,
      sequence,
      size: batch.length,
      root: toHex(merkleRoot(canonical.map(messageLeaf))),
      previous,
      ranges: toHex(rangesRoot(rangesOf(batch))),
    };
    const { root, size, ranges } = anchor;
    expect({ sequence: anchor.sequence, previous: anchor.previous, root, size, ranges }).to.deep.equal({
      sequence,
      previous,
      root: header.root,
      size: header.size,
      ranges: header.ranges,
    });
    const witness = await witnessOf(pool, anchor.batch);
    expect(decodeWitness(witness!).map(toHex)).to.deep.equal(canonical.map(toHex));
    previous = headerHashHex(header);
    expect(toHex(hashes[sequence]!)).to.equal(previous);
  }
}

/** Transactions that break at a chosen statement, or lose the answer to their COMMIT. */
function fragile(pool: Pool, breakAt: () => number | 'commit' | undefined): Transact {
  const whole = transactions(pool);
  const lost = (): BiotError => new BiotError('DATABASE_UNAVAILABLE', 'the connection is gone');
  return async (work) => {
    const at = breakAt();
    const result = await whole(async (transaction) => {
      let count = 0;
      const watched: Queryable = {
        query: (sql, values) => {
          count += 1;
          return count === at ? Promise.reject(lost()) : transaction.query(sql, values);
        },
      };
      return work(watched);
    });
    if (at === 'commit') throw lost();
    return result;
  };
}

describe('storage', () => {
  const owner = homeDatabase(openHome(), 'biot');
  const options: DatabaseOptions = { ...owner, database: `biot_test_${randomBytes(4).toString('hex')}` };
  let database: Database;
  let pool: Pool;

  async function administer<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const connection = await mariadb.createConnection({
      socketPath: owner.socket,
      user: owner.user,
      password: owner.password,
    });
    return work(connection).finally(() => connection.end());
  }

  async function emptyTables(): Promise<void> {
    await withConnection(pool, async (connection) => {
      await connection.query('SET FOREIGN_KEY_CHECKS = 0');
      for (const table of ['telemetry', 'batch_ranges', 'blockchain_tx', 'batches', 'alerts', 'devices'])
        await connection.query(`DELETE FROM ${table}`);
      await connection.query('SET FOREIGN_KEY_CHECKS = 1');
    });
  }

  function writer(transact: Transact = transactions(pool), logId = LOG): BatchWriter {
    return new BatchWriter({ logId, transact, now: () => NOW });
  }

  before(async () => {
    await administer((connection) => connection.query(`CREATE DATABASE ${options.database}`));
    database = connect(options);
    pool = database.pool;
    await migrate(pool);
    await maintainPartitions(pool, NOW, KEEP);
  });

  after(async () => {
    await database.close();
    await administer((connection) => connection.query(`DROP DATABASE ${options.database}`));
  });

  beforeEach(emptyTables);

  describe('schema', () => {
    it('is made once, also when two start at the same time', async () => {
      const done = await Promise.all([migrate(pool), migrate(pool)]);
      expect(done).to.deep.equal([[], []]);
      const rows: { name: string }[] = await pool.query('SELECT name FROM migrations ORDER BY name');
      expect(rows.map(({ name }) => name)).to.deep.equal(MIGRATIONS.map(({ name }) => name));
    });

    it('can be made again over a step that was cut short', async () => {
      await pool.query("DELETE FROM migrations WHERE name = '0003-telemetry'");
      expect(await migrate(pool)).to.deep.equal(['0003-telemetry']);
    });

    it('tells ids apart by their bytes: case and trailing blanks count', async () => {
      await putDevices(pool, [testDevice('press')]);
      for (const [id, found] of [
        ['press', 1],
        ['Press', 0],
        ['press ', 0],
      ] as const) {
        const rows: unknown[] = await pool.query('SELECT 1 FROM devices WHERE device_id = ?', [id]);
        expect(rows, JSON.stringify(id)).to.have.length(found);
      }
    });

    it('refuses what does not fit instead of cutting it', async () => {
      const device = testDevice('x'.repeat(65));
      let code: string | undefined;
      await putDevices(pool, [device]).catch((error: unknown) => {
        code = error instanceof BiotError ? error.code : 'other';
      });
      expect(code).to.equal('INTERNAL');
    });
  });

  describe('values', () => {
    before(() => pool.query('CREATE TABLE probe (i INT PRIMARY KEY, v DOUBLE, t DATETIME(3))'));
    beforeEach(() => pool.query('TRUNCATE probe'));

    it('gives every finite double back exactly', async () => {
      const special = [
        0,
        5e-324,
        -5e-324,
        2.225073858507201e-308,
        2.2250738585072014e-308,
        Number.MAX_VALUE,
        -Number.MAX_VALUE,
        Number.EPSILON,
        0.1 + 0.2,
        1 / 3,
        123456789.12345678,
        1e21,
        1e-7,
        9007199254740994,
        74.93588199999998,
      ];
      const double = fc.double({ noNaN: true, noDefaultInfinity: true });
      await fc.assert(
        fc.asyncProperty(fc.array(double, { minLength: 200, maxLength: 300 }), async (random) => {
          const values = [...special, ...random].map((value) => (Object.is(value, -0) ? 0 : value));
          const rows = values.map(() => '(?, ?)').join(', ');
          await pool.query(
            `REPLACE INTO probe (i, v) VALUES ${rows}`,
            values.flatMap((value, i) => [i, value]),
          );
          const back: { v: number }[] = await pool.query('SELECT v FROM probe WHERE i < ? ORDER BY i', [
            values.length,
          ]);
          expect(back.map(({ v }) => v)).to.deep.equal(values);
        }),
        { numRuns: 20 },
      );
    });

    it('gives every instant from 2000 to 2099 back to the millisecond', async () => {
      const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) - 1 });
      await fc.assert(
        fc.asyncProperty(fc.array(instant, { minLength: 200, maxLength: 300 }), async (instants) => {
          const rows = instants.map(() => '(?, ?)').join(', ');
          const values = instants.flatMap((each, i) => [i, new Date(each).toISOString().slice(0, -1)]);
          await pool.query(`REPLACE INTO probe (i, t) VALUES ${rows}`, values);
          const back: { t: Date }[] = await pool.query('SELECT t FROM probe WHERE i < ? ORDER BY i', [
            instants.length,
          ]);
          expect(back.map(({ t }) => t.getTime())).to.deep.equal(instants);
        }),
        { numRuns: 20 },
      );
    });
  });

  describe('batch writer', () => {
    const devices = ['a', 'b', 'c'].map((name) => testDevice(`device-${name}`));

    async function write(...batches: PendingMessage[][]): Promise<void> {
      const sut = writer();
      for (const batch of batches) await sut.write(batch);
    }

    function sent(): fc.Arbitrary<PendingMessage[]> {
      const message = fc.record({
        device: fc.constantFrom(...devices),
        seq: fc.integer({ min: 1, max: 12 }),
        temperature: fc.constantFrom(20, 20, 20, 21),
        humidity: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
        ts: fc.constantFrom(NOW, Date.UTC(2013, 11, 2, 21, 15), Date.UTC(2000, 0, 1)),
      });
      return fc.array(message, { minLength: 1, maxLength: 80 }).map((messages) =>
        messages.map(({ device, seq, temperature, humidity, ts }) => {
          const values: Message['values'] = humidity === null ? { temperature } : { temperature, humidity };
          return pendingMessage(device, { seq, ts, values });
        }),
      );
    }

    it('stores the set that was sent, whatever is repeated, reordered, contradicted or broken off', async function () {
      this.timeout(120_000);
      const breaks = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('commit' as const)), {
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(sent(), fc.integer({ min: 1, max: 30 }), breaks, async (messages, size, plan) => {
          await emptyTables();
          const faults = [...plan];
          const sut = writer(fragile(pool, () => faults.shift()));
          const kept: string[] = [];
          for (let from = 0; from < messages.length; from += size) {
            const batch = messages.slice(from, from + size);
            for (;;) {
              const written = await sut.write(batch).catch((error: unknown) => {
                if (error instanceof BiotError && error.code === 'DATABASE_UNAVAILABLE') return undefined;
                throw error;
              });
              if (written === undefined) continue;
              const taken = batch.filter((_, index) => written.outcomes[index] !== 'excess');
              kept.push(...taken.map(({ canonical }) => toHex(canonical)));
              break;
            }
          }
          const stored = [...(await storedMessages(pool)).values()].flat().map(encodeRawMessage).map(toHex);
          expect(stored.sort()).to.deep.equal([...new Set(kept)].sort());
          await expectSoundLog(pool, LOG);
        }),
        { numRuns: 40 },
      );
    });

    it('stores a message once that two workers get at the same time', async () => {
      const messages = Array.from({ length: 300 }, (_, index) => testMessage(devices[index % 3]!, index + 1));
      const other = 'ingest-2@operator';
      const [first, second] = await Promise.all([
        writer().write(messages),
        writer(transactions(pool), other).write(messages.toReversed()),
      ]);
      const outcomes = [...first.outcomes, ...second.outcomes];
      expect(outcomes.filter((outcome) => outcome === 'stored')).to.have.length(300);
      expect(outcomes.filter((outcome) => outcome === 'again')).to.have.length(300);
      await expectSoundLog(pool, LOG);
      await expectSoundLog(pool, other);
    });

    it('keeps the chain of a log that two processes write by mistake', async () => {
      const batches = Array.from({ length: 8 }, (_, index) => [testMessage(devices[index % 3]!, index + 1)]);
      const [first, second] = [writer(), writer()];
      const persist = async (sut: BatchWriter, batch: PendingMessage[]): Promise<void> => {
        await sut.write(batch).catch(() => persist(sut, batch));
      };
      await Promise.all(batches.map((batch, index) => persist(index % 2 === 0 ? first : second, batch)));
      expect(await anchorPage(pool, { logId: LOG, limit: 10 })).to.have.length(8);
      await expectSoundLog(pool, LOG);
    });

    it('recognises a message in the middle of a long range', async () => {
      const [device] = devices;
      await write(Array.from({ length: 500 }, (_, index) => testMessage(device!, index + 1)));
      const { outcomes, header } = await writer().write([testMessage(device!, 250)]);
      expect([outcomes, header]).to.deep.equal([['again'], undefined]);
    });

    it('keeps both contents of one number and raises one alert a minute that names both places', async () => {
      const [device] = devices;
      const [one, two, three] = [20, 21, 22].map((temperature) => testMessage(device!, 5, { temperature }));
      const sut = writer();
      await sut.write([testMessage(device!, 4), one!]);
      await sut.write([two!]);
      await sut.write([three!]);
      const alerts = await database.models.alerts.findAll();
      expect(alerts.map(({ deviceId, type, severity }) => [deviceId, type, severity])).to.deep.equal([
        ['device-a', 'SEQUENCE_CONFLICT', 'critical'],
      ]);
      expect(alerts[0]!.details).to.deep.include({
        epoch: 1,
        seq: 5,
        earlier: { logId: LOG, sequence: 0, leaf: 1 },
        later: { logId: LOG, sequence: 1, leaf: 0 },
      });
      const page = await readingPage(pool, { device: 'device-a', limit: 10 });
      expect(page.filter(({ seq }) => seq === 5).map(({ value }) => value)).to.have.members([20, 21, 22]);
    });

    it('goes on when somebody has damaged a witness copy, and says so', async () => {
      const [device] = devices;
      await write([testMessage(device!, 1)]);
      await pool.query("UPDATE batches SET messages = 'broken'");
      await write([testMessage(device!, 1), testMessage(device!, 2)]);
      const alerts = await database.models.alerts.findAll();
      expect(alerts.map(({ type }) => type)).to.deep.equal(['WITNESS_DAMAGED']);
    });

    it('keeps running totals, and the instant a device was last heard of', async () => {
      await write([testMessage(devices[0]!, 1), testMessage(devices[1]!, 1)], [testMessage(devices[0]!, 2)]);
      expect(await totals(pool, NOW)).to.deep.equal({
        messages: 3,
        messagesLastMinute: 3,
        readings: 3,
        anchorsCommitted: 0,
        anchorsPending: 2,
        lastBlock: null,
      });
      const seen = await lastSeen(
        database.models,
        devices.map(({ id }) => id),
      );
      expect([...seen]).to.have.deep.members([
        ['device-a', NOW],
        ['device-b', NOW],
      ]);
    });

    it('does not take a device’s last-seen away when the ledger changes the device', async () => {
      await write([testMessage(devices[0]!, 1)]);
      await putDevices(pool, [testDevice('device-a', { status: 'suspended' })]);
      const row = await database.models.devices.findByPk('device-a');
      expect([row?.status, row?.lastSeen?.getTime()]).to.deep.equal(['suspended', NOW]);
    });
  });

  describe('queries', () => {
    const device = testDevice('press-07');
    const start = Date.UTC(2013, 11, 31, 23);

    beforeEach(async () => {
      const messages = Array.from({ length: 120 }, (_, index) =>
        pendingMessage(device, {
          seq: index + 1,
          ts: start + index * 60_000,
          values: index % 2 === 0 ? { temperature: index } : { temperature: index, humidity: -index },
        }),
      );
      await writer().write(messages.slice(0, 70));
      await writer().write(messages.slice(70));
    });

    it('page through all readings, newest first, each once, over partitions and equal instants', async () => {
      const twin = pendingMessage(device, { seq: 500, ts: start + 119 * 60_000, values: { pressure: 1 } });
      await writer().write([twin]);
      const ids: bigint[] = [];
      let page = await readingPage(pool, { device: device.id, limit: 7 });
      while (page.length > 0) {
        ids.push(...page.map(({ id }) => id));
        page = await readingPage(pool, { device: device.id, limit: 7, before: page.at(-1)! });
      }
      expect(ids).to.have.length(181);
      expect(new Set(ids).size).to.equal(181);
      const first = await readingPage(pool, { device: device.id, limit: 1 });
      expect(first[0]).to.deep.include({ sensor: 'pressure', seq: 500, ts: start + 119 * 60_000 });
      expect(first[0]!.anchor).to.deep.equal({ logId: LOG, sequence: 2, state: 'sealed' });
    });

    it('limit readings by sensor and by instants, the first included, the last not', async () => {
      const query = {
        device: device.id,
        sensor: 'humidity',
        from: start + 60_000,
        to: start + 5 * 60_000,
        limit: 50,
      };
      expect((await readingPage(pool, query)).map(({ value }) => value)).to.deep.equal([-3, -1]);
    });

    it('name a row that belongs to no batch as such', async () => {
      await pool.query(
        `INSERT INTO telemetry VALUES (9223372036854775807, 'acme', 'press-07', 1, 1, 'state', 1, '2026-01-01')`,
      );
      const [row] = await readingPage(pool, { device: device.id, limit: 1 });
      expect(row).to.deep.include({ id: 2n ** 63n - 1n, anchor: null });
    });

    it('roll readings up into buckets that the clock gives', async () => {
      const buckets = await rollup(pool, {
        device: device.id,
        sensor: 'temperature',
        from: start,
        to: start + 120 * 60_000,
        bucketMs: 3_600_000,
      });
      expect(buckets).to.deep.equal([
        { ts: start, min: 0, max: 59, avg: 29.5, count: 60 },
        { ts: start + 3_600_000, min: 60, max: 119, avg: 89.5, count: 60 },
      ]);
    });

    it('give each sensor’s newest value, and its first and last instant', async () => {
      expect(await latestValues(pool, device.id)).to.deep.equal([
        { sensor: 'humidity', ts: start + 119 * 60_000, value: -119 },
        { sensor: 'temperature', ts: start + 119 * 60_000, value: 119 },
      ]);
      expect(await sensorSpan(pool, device.id, 'humidity')).to.deep.equal({
        from: start + 60_000,
        to: start + 119 * 60_000,
      });
      expect(await sensorSpan(pool, device.id, 'noise')).to.equal(undefined);
    });

    it('give the ranges that are stored, from a number on', async () => {
      expect(await committedRanges(pool, { device: device.id, epoch: 1, from: 71, limit: 9 })).to.deep.equal([
        { first: 71, last: 120 },
      ]);
    });

    it('show no value in an error, which may end up in a log', async () => {
      const texts = await Promise.all([
        pool
          .query('SELECT * FROM nowhere WHERE x = ?', ['hush'])
          .then(String, (error: unknown) => inspect(error)),
        database.models.members
          .create({
            name: 'hush',
            role: 'x'.repeat(99),
            org: 'x',
            passwordHash: 'x',
            certificate: 'x',
            sealedKey: 'x',
          })
          .then(String, (error: unknown) => inspect(error instanceof Error ? error.message : error)),
      ]);
      for (const text of texts)
        expect(text)
          .to.match(/doesn't exist|too long/)
          .and.not.to.include('hush');
    });

    it('take a text for a value, whatever is in it', async () => {
      const nasty = "x' OR '1'='1";
      expect(await readingPage(pool, { device: nasty, limit: 5 })).to.deep.equal([]);
      expect(await findMember(database.models, nasty)).to.equal(undefined);
      expect(await lastSeen(database.models, [nasty])).to.deep.equal(new Map());
    });
  });

  describe('outbox', () => {
    it('leads each header from sealed over submitted to committed, and never back', async () => {
      for (let seq = 1; seq <= 3; seq += 1) await writer().write([testMessage(testDevice('press-07'), seq)]);
      const outbox = databaseOutbox(pool, LOG, () => NOW);
      const pending = await outbox.pending(10);
      expect(pending.map(({ header, state, intact }) => [header.sequence, state, intact])).to.deep.equal([
        [0, 'sealed', true],
        [1, 'sealed', true],
        [2, 'sealed', true],
      ]);
      const transaction = 'ab'.repeat(32);
      await outbox.submitted(
        pending.slice(0, 2).map(({ header }) => header),
        transaction,
      );
      await outbox.committed({ from: 0, to: 0, transaction, block: 7 });
      await outbox.submitted([pending[0]!.header], 'cd'.repeat(32));
      await outbox.committed({ from: 0, to: 0, transaction: 'ef'.repeat(32), block: 9 });
      const anchors = (await anchorPage(pool, { limit: 10 })).map(({ state, block, transaction: id }) => [
        state,
        block,
        id,
      ]);
      expect(anchors).to.deep.equal([
        ['sealed', null, null],
        ['submitted', null, transaction],
        ['committed', 7, transaction],
      ]);
      expect(await outbox.lastBlock()).to.equal(7);
      expect((await totals(pool, NOW)).lastBlock).to.equal(7);
    });

    it('notices a header that was changed after it was sealed', async () => {
      await writer().write([testMessage(testDevice('press-07'), 1)]);
      await pool.query('UPDATE batches SET root = ?', [Buffer.from(fromHex('00'.repeat(32)))]);
      const [pending] = await databaseOutbox(pool, LOG, () => NOW).pending(1);
      expect(pending?.intact).to.equal(false);
    });
  });

  describe('partitions', () => {
    it('give each reading its place, and are dropped with their witness copies when retention has passed', async () => {
      const device = testDevice('press-07');
      await writer().write([testMessage(device, 1, { ts: Date.UTC(2013, 11, 2) })]);
      await writer().write([
        testMessage(device, 2, { ts: NOW }),
        testMessage(device, 3, { ts: Date.UTC(2013, 0, 5) }),
      ]);
      const place = 'SELECT COUNT(*) AS n FROM telemetry PARTITION (p_2013)';
      const [before]: { n: bigint }[] = await pool.query(place);
      expect(before!.n).to.equal(2n);
      const [first, second] = await maintainPartitions(pool, NOW, { ...KEEP, retentionDays: 365 });
      expect(first?.dropped).to.include.members(['p_before', 'p_2013', 'p_2024']);
      expect(first?.dropped).not.to.include.members(['p_2025']);
      expect(second?.dropped).to.deep.equal([]);
      expect((await readingPage(pool, { device: device.id, limit: 9 })).map(({ seq }) => seq)).to.deep.equal([
        2,
      ]);
      const witnesses = await Promise.all(
        (await anchorPage(pool, { limit: 9 })).map(
          async ({ batch }) => (await witnessOf(pool, batch)) === null,
        ),
      );
      expect(witnesses).to.deep.equal([false, true]);
      const trail = await database.models.auditLogs.findAll({ where: { action: 'telemetry.expire' } });
      expect(trail.map(({ details }) => details)).to.have.length(1);
      expect(await maintainPartitions(pool, NOW, { ...KEEP, retentionDays: 365 })).to.deep.equal([
        { table: 'telemetry', added: [], dropped: [] },
        { table: 'alerts', added: [], dropped: [] },
      ]);
    });
  });

  describe('users', () => {
    const users = DATABASE_USERS.filter((user) => user !== 'biot');
    const pools = new Map<string, Pool>();

    before(async () => {
      await withConnection(pool, (connection) => grantPrivileges(connection, options.database));
      for (const user of users) {
        const { password } = homeDatabase(openHome(), user);
        pools.set(user, connectPool({ ...options, user, password, connections: 1 }));
      }
    });

    after(async () => {
      for (const each of pools.values()) await each.end();
      await administer(async (connection) => {
        const rights: { grantee: string; table_name: string }[] = await connection.query(
          'SELECT DISTINCT GRANTEE AS grantee, TABLE_NAME AS table_name FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = ?',
          [options.database],
        );
        const columns: typeof rights = await connection.query(
          'SELECT DISTINCT GRANTEE AS grantee, TABLE_NAME AS table_name FROM information_schema.COLUMN_PRIVILEGES WHERE TABLE_SCHEMA = ?',
          [options.database],
        );
        const all = new Set([...rights, ...columns].map((each) => `${each.table_name} FROM ${each.grantee}`));
        for (const each of all)
          await connection.query(`REVOKE ALL PRIVILEGES ON ${options.database}.${each}`);
      });
    });

    async function tried(user: string, sql: string): Promise<string> {
      return pools
        .get(user)!
        .query(sql)
        .then(
          () => 'allowed',
          (error: unknown) => {
            const denied =
              error instanceof mariadb.SqlError && [1142, 1143, 1044, 1370].includes(error.errno);
            return denied ? 'denied' : String(error);
          },
        );
    }

    it('let ingest write batches, outbox and projection', async () => {
      const sut = writer(transactions(pools.get('biot_ingest')!));
      await sut.write([testMessage(testDevice('press-07'), 1, { temperature: 1 })]);
      await sut.write([testMessage(testDevice('press-07'), 1, { temperature: 2 })]);
      const outbox = databaseOutbox(pools.get('biot_ingest')!, LOG, () => NOW);
      const pending = await outbox.pending(9);
      await outbox.submitted(
        pending.map(({ header }) => header),
        'ab'.repeat(32),
      );
      await outbox.committed({ from: 0, to: 1, transaction: 'ab'.repeat(32), block: 3 });
      await putDevices(pools.get('biot_ingest')!, [testDevice('press-07', { status: 'suspended' })]);
      await insertAuditEntries(pools.get('biot_ingest')!, [
        { device: null, actor: 'test', action: 'test', details: {}, createdAt: NOW },
      ]);
      await expectSoundLog(pool, LOG);
    });

    const forbidden: [string, string][] = [
      ['biot_ingest', 'UPDATE telemetry SET value = 0'],
      ['biot_ingest', 'DELETE FROM telemetry'],
      ['biot_ingest', 'ALTER TABLE telemetry DROP PARTITION p_future'],
      ['biot_ingest', 'UPDATE batches SET size = 0'],
      ['biot_ingest', 'DELETE FROM batches'],
      ['biot_ingest', 'UPDATE blockchain_tx SET sequence = 0'],
      ['biot_ingest', 'UPDATE audit_logs SET actor = "me"'],
      ['biot_ingest', 'SELECT * FROM members'],
      ['biot_gateway', 'INSERT INTO telemetry (telemetry_id) VALUES (1)'],
      ['biot_gateway', 'UPDATE devices SET status = "active"'],
      ['biot_gateway', 'UPDATE blockchain_tx SET status = "committed"'],
      ['biot_gateway', 'DELETE FROM audit_logs'],
      ['biot_gateway', 'UPDATE members SET role = "admin"'],
      ['biot_auditor', 'SELECT * FROM members'],
      ['biot_auditor', 'INSERT INTO alerts (type) VALUES ("x")'],
      ['biot_auditor', 'DROP TABLE telemetry'],
      ['biot_maintenance', 'DELETE FROM telemetry'],
      ['biot_maintenance', 'UPDATE telemetry SET value = 0'],
      ['biot_maintenance', 'UPDATE batches SET root = previous'],
      ['biot_maintenance', 'SELECT * FROM members'],
    ];
    for (const [user, sql] of forbidden) {
      it(`do not let ${user} do: ${sql}`, async () => {
        expect(await tried(user, sql)).to.equal('denied');
      });
    }

    it('let the auditor and the gateway read all evidence', async () => {
      for (const user of ['biot_auditor', 'biot_gateway'])
        for (const table of [
          'telemetry',
          'batches',
          'batch_ranges',
          'blockchain_tx',
          'devices',
          'alerts',
          'audit_logs',
        ])
          expect(await tried(user, `SELECT COUNT(*) FROM ${table}`)).to.equal('allowed');
    });

    it('let maintenance keep the partitions', async () => {
      const changes = await maintainPartitions(pools.get('biot_maintenance')!, NOW + 90 * 86_400_000, {
        ...KEEP,
        retentionDays: 500,
      });
      expect(changes.map(({ table, added }) => [table, added.length])).to.deep.equal([
        ['telemetry', 3],
        ['alerts', 3],
      ]);
    });
  });

  describe('an absent server', () => {
    it('is told as such, and not waited for without end', async () => {
      const absent = connectPool({ ...options, socket: `${options.socket}.absent` });
      const started = Date.now();
      let code: string | undefined;
      await transactions(absent)(() => Promise.resolve()).catch((error: unknown) => {
        code = error instanceof BiotError ? error.code : String(error);
      });
      expect(code).to.equal('DATABASE_UNAVAILABLE');
      expect(Date.now() - started).to.be.below(8_000);
      await absent.end();
    }).timeout(15_000);

    it('is told as such by Sequelize too', async () => {
      const absent = connect({ ...options, socket: `${options.socket}.absent` });
      let code: string | undefined;
      await findMember(absent.models, 'x').catch((error: unknown) => {
        code = error instanceof BiotError ? error.code : String(error);
      });
      expect(code).to.equal('DATABASE_UNAVAILABLE');
      await absent.close();
    }).timeout(15_000);
  });
});
