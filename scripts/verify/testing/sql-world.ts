import type { Connection } from 'mariadb';

import { fromHex } from '../../../chaincode/protocol/hash.ts';
import { entryId, telemetryId } from '../stored.ts';
import type { Tables } from './memory.ts';

function datetime(instant: number): string {
  return new Date(instant).toISOString().slice(0, -1).replace('T', ' ');
}

function bytes(hex: string): Buffer {
  return Buffer.from(fromHex(hex));
}

async function insert(connection: Connection, table: string, rows: readonly unknown[][]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await connection.batch(
    `INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`,
    rows.map((row) => [...row]),
  );
}

/** Writes tables into a database that has our schema. */
export async function storeTables(connection: Connection, tables: Tables): Promise<void> {
  const now = datetime(Date.UTC(2014, 0, 1));
  await insert(
    connection,
    `batches (batch_id, log_id, sequence, size, readings, total_messages, total_readings, root, previous,
       ranges_root, header_hash, messages, earliest, latest)`,
    tables.batches.map((batch) => [
      ...[batch.id, batch.logId, batch.sequence, batch.size, batch.readings],
      ...[batch.totalMessages, batch.totalReadings],
      ...[batch.root, batch.previous, batch.ranges, batch.hash].map(bytes),
      Buffer.from(tables.witnesses.get(batch.id) ?? []),
      ...[datetime(batch.earliest), datetime(batch.latest)],
    ]),
  );
  await insert(
    connection,
    'batch_ranges (batch_id, device_id, epoch, first_seq, last_seq)',
    tables.ranges.map(({ batch, device, epoch, first, last }) => [batch, device, epoch, first, last]),
  );
  await insert(
    connection,
    'telemetry (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)',
    tables.readings.map((row) => [
      telemetryId(row),
      ...[row.tenant, row.device, row.epoch, row.seq, row.sensor, row.value],
      datetime(row.ts),
    ]),
  );
  await insert(
    connection,
    `audit_logs (log_id, created_at, actor, org, action, outcome, tenant, device_id, subject, details, address,
       blockchain_hash)`,
    tables.entries.map((row) => [
      ...[entryId(row), datetime(row.at), row.actor, row.org, row.action, row.outcome, row.tenant],
      ...[row.device, row.subject, row.details, row.address, row.transaction],
    ]),
  );
  await insert(
    connection,
    'blockchain_tx (tx_id, batch_id, log_id, sequence, status, tx_hash, block_number, created_at, updated_at)',
    tables.outbox.map((entry) => [
      ...[entry.id, entry.batch, entry.logId, entry.sequence, entry.status],
      ...[entry.transaction, entry.block, now, now],
    ]),
  );
}
