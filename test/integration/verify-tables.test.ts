import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';
import { type Connection, createConnection } from 'mariadb';

import { openMariadb } from '../../scripts/verify/mariadb-store.ts';
import { memoryLedger } from '../../scripts/verify/testing/memory.ts';
import { storeTables } from '../../scripts/verify/testing/sql-world.ts';
import { anyShapes, buildWorld, type World } from '../../scripts/verify/testing/world.ts';
import { telemetryId } from '../../scripts/verify/stored.ts';
import type { Scope } from '../../scripts/verify/scope.ts';
import type { Outcome } from '../../scripts/verify/verification-input.ts';
import { verify } from '../../scripts/verify/verification.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { migrate } from '../../sql/migrate.ts';
import { maintainPartitions } from '../../sql/partition-maintenance.ts';
import { testHome } from '../harness/instance.ts';

/** Verify's own queries on real tables; the ledger is one in memory, as no peer is needed to read SQL right. */
describe('verify on MariaDB', () => {
  const database = `biot_verify_${randomBytes(4).toString('hex')}`;
  const tables = ['blockchain_tx', 'batch_ranges', 'telemetry', 'batches'];
  let connection: Connection;

  before(async () => {
    const owner = homeDatabase(testHome(), 'biot');
    const { socket: socketPath, user, password } = owner;
    connection = await createConnection({ socketPath, user, password });
    await connection.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
    await connection.query(`USE ${database}`);
    const pool = connectPool({ ...owner, database });
    await migrate(pool);
    await maintainPartitions(pool, Date.now(), { retentionDays: 0, monthsAhead: 2 });
    await pool.end();
    // A forger who owns the database does not mind foreign keys either.
    await connection.query('SET foreign_key_checks = 0');
    await connection.query("SET sql_mode = ''");
  });

  after(async () => {
    await connection.query(`DROP DATABASE ${database}`);
    await connection.end();
  });

  async function load(world: World): Promise<void> {
    for (const table of tables) await connection.query(`DELETE FROM ${table}`);
    await storeTables(connection, world.tables);
  }

  async function check(world: World, scope: Scope = { kind: 'all' }): Promise<Outcome> {
    const { socket: socketPath, user, password } = homeDatabase(testHome(), 'biot');
    const store = await openMariadb({ socketPath, user, password, database });
    try {
      const patience = { milliseconds: 0, pause: () => Promise.resolve() };
      const ledger = memoryLedger(world.ledger);
      return await verify({
        store,
        ledger,
        scope,
        kept: [],
        keptFrom: () => -Infinity,
        retainedFrom: -Infinity,
        patience,
      });
    } finally {
      await store.close();
    }
  }

  function named({ differences }: Outcome): string[] {
    return differences.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort();
  }

  const world = buildWorld(fc.sample(anyShapes, { numRuns: 5, seed: 7 }).flat());
  const rows = world.tables.readings;
  const [first, second] = [rows[0]!, rows.find(({ batch }) => batch !== rows[0]!.batch)!];
  const last = rows.at(-1)!;
  const [id, otherId, lastId] = [first, second, last].map(telemetryId);

  it('holds when nothing was touched, to the last bit of every value', async () => {
    const values = [0.1 + 0.2, 5e-324, -1.7976931348623157e308, 73.96732207, -0, 2 ** 53 + 2, 1 / 3];
    const exact = buildWorld(
      values.map(() => ({
        log: 0,
        gap: 0,
        messages: [{ device: 0, sensors: ['temperature' as const], skip: false }],
      })),
      0,
      values,
    );
    await load(exact);
    expect(named(await check(exact))).to.deep.equal([]);
    await load(world);
    const outcome = await check(world);
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome).to.include({ batches: world.tables.batches.length, readings: rows.length });
  });

  const forgeries: Record<string, [sql: string, ...expected: string[]]> = {
    'a value': [
      `UPDATE telemetry SET value = value + 1e-9 WHERE telemetry_id = ${id}`,
      `changed telemetry ${id}`,
    ],
    'an instant, which moves the row to another partition': [
      `UPDATE telemetry SET timestamp = '2031-01-01 00:00:00' WHERE telemetry_id = ${id}`,
      `changed telemetry ${id}`,
    ],
    'an instant by a millisecond': [
      `UPDATE telemetry SET timestamp = timestamp + INTERVAL 1000 MICROSECOND WHERE telemetry_id = ${id}`,
      `changed telemetry ${id}`,
    ],
    'a date that is none': [
      `UPDATE telemetry SET timestamp = '0000-00-00' WHERE telemetry_id = ${id}`,
      `changed telemetry ${id}`,
    ],
    'a sequence number to the largest there is': [
      `UPDATE telemetry SET seq = 18446744073709551615 WHERE telemetry_id = ${id}`,
      `changed telemetry ${id}`,
    ],
    'a row deleted': [`DELETE FROM telemetry WHERE telemetry_id = ${lastId}`, `missing telemetry ${lastId}`],
    'a row at the end of all ids': [
      `INSERT INTO telemetry SELECT 18446744073709551615, tenant, device_id, epoch, seq, sensor_type, 7, timestamp
         FROM telemetry WHERE telemetry_id = ${id}`,
      'added telemetry 18446744073709551615',
    ],
    'a row with an id that is taken': [
      `INSERT INTO telemetry SELECT telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, '2020-02-02'
         FROM telemetry WHERE telemetry_id = ${id}`,
      `added telemetry ${id}`,
    ],
    'a row moved to a batch that does not exist': [
      `UPDATE telemetry SET telemetry_id = 999999999 WHERE telemetry_id = ${id}`,
      'reordered telemetry 999999999',
    ],
    'a witness': [
      `UPDATE batches SET messages = INSERT(messages, 20, 1, 'X') WHERE batch_id = ${first.batch}`,
      `changed batches ${first.batch}`,
    ],
    'a witness cleared': [
      `UPDATE batches SET messages = NULL WHERE batch_id = ${first.batch}`,
      `changed batches ${first.batch}`,
    ],
    'a root': [
      `UPDATE batches SET root = REPEAT('x', 32) WHERE batch_id = ${first.batch}`,
      `changed batches ${first.batch}`,
    ],
    'a range': [
      `UPDATE batch_ranges SET last_seq = 999 WHERE batch_id = ${first.batch} AND device_id = '${first.device}'`,
      `changed batch_ranges ${first.batch}/${first.device}/1/${first.seq}`,
    ],
    'a batch deleted, and all of its rows': [
      tables.map((table) => `DELETE FROM ${table} WHERE ${owned(table, first.batch)}`).join('; '),
      `missing batches ${batchPlace(world, first.batch)}`,
    ],
    'an outbox entry': [
      `DELETE FROM blockchain_tx WHERE batch_id = ${first.batch}`,
      `missing blockchain_tx batch ${first.batch}`,
    ],
    'two rows swapped across batches': [
      `UPDATE telemetry SET telemetry_id = 5 WHERE telemetry_id = ${id};
       UPDATE telemetry SET telemetry_id = ${id} WHERE telemetry_id = ${otherId};
       UPDATE telemetry SET telemetry_id = ${otherId} WHERE telemetry_id = 5`,
      `reordered telemetry ${id}`,
      `reordered telemetry ${otherId}`,
    ],
  };

  for (const [name, [sql, ...expected]] of Object.entries(forgeries)) {
    it(`names ${name}`, async () => {
      await load(world);
      for (const statement of sql.split(';')) await connection.query(statement);
      expect(named(await check(world))).to.deep.equal(expected.sort());
    });
  }

  it('reads a device by its own rows and ranges', async () => {
    await load(world);
    const scope: Scope = { kind: 'device', device: first.device, period: { from: -Infinity, to: Infinity } };
    const messages = new Set(rows.filter(({ device }) => device === first.device).map(({ seq }) => seq)).size;
    expect(await check(world, scope)).to.include({ total: 0, messages });
    await connection.query(
      `UPDATE telemetry SET device_id = '${first.device}' WHERE telemetry_id = ${otherId}`,
    );
    const expected = second.device === first.device ? [] : [`changed telemetry ${otherId}`];
    expect(named(await check(world, scope))).to.deep.equal(expected);
  });
});

function owned(table: string, batch: number): string {
  return table === 'telemetry' ? `telemetry_id >> 20 = ${batch}` : `batch_id = ${batch}`;
}

function batchPlace(world: World, id: number): string {
  const batch = world.tables.batches.find((candidate) => candidate.id === id);
  return `${batch?.logId}/${batch?.sequence}`;
}
