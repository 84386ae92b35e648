import type { Pool, PoolConnection } from 'mariadb';

import { toDatetime } from '../../sql/columns.ts';
import { withConnection } from '../../sql/connection.ts';
import { execute, placeholders } from '../../sql/query.ts';

/** What one would write without a platform. */
export const PLAIN_INSERT =
  'plain alternative: one prepared autocommit INSERT of the three rows a message, one after the other on one connection, into a table of the same columns, keys and partitions in the same MariaDB; no broker, no TLS, no check of the device, nothing that could be proved';

const TABLE = 'bench_plain';
const ROW = placeholders(8);
const WARM_UP_MS = 500;

/** @returns messages a second */
export function measurePlainInserts(database: Pool, seconds: number): Promise<number> {
  return withConnection(database, async (connection) => {
    await execute(connection, `CREATE TABLE ${TABLE} LIKE telemetry`);
    const statement = await connection.prepare(
      `INSERT INTO ${TABLE} (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)
       VALUES ${ROW}, ${ROW}, ${ROW}`,
    );
    const insert = async (seq: number): Promise<void> => {
      await statement.execute(rowsOf(seq));
    };
    try {
      const first = await insertFor(WARM_UP_MS, 1, insert);
      const began = performance.now();
      const next = await insertFor(seconds * 1000, first, insert);
      return (1000 * (next - first)) / (performance.now() - began);
    } finally {
      statement.close();
      await drop(connection);
    }
  });
}

/** @returns the number that follows the last message */
async function insertFor(
  milliseconds: number,
  first: number,
  insert: (seq: number) => Promise<void>,
): Promise<number> {
  const end = performance.now() + milliseconds;
  let seq = first;
  for (; performance.now() < end; seq += 1) await insert(seq);
  return seq;
}

function rowsOf(seq: number): unknown[] {
  const timestamp = toDatetime(Date.now());
  const values = { temperature: 20 + (seq % 100) / 10, humidity: 40 + (seq % 37) / 2, pressure: 1000 };
  return Object.entries(values).flatMap(([sensor, value], index) => [
    ...[seq * 64 + index, 'bench', 'bench-0001', 1, seq, sensor, value, timestamp],
  ]);
}

async function drop(connection: PoolConnection): Promise<void> {
  await execute(connection, `DROP TABLE ${TABLE}`);
}
