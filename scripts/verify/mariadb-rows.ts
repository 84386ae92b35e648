/** The auditor's own queries, and the shapes their rows must have. Numbers above 2^53 come rounded: nothing we anchor is that large. */
import { z } from 'zod';

import type { OutboxEntry, PlacedReading, StoredBatch, StoredEntry, StoredRange } from './stored.ts';

/** Milliseconds since the Unix epoch; an impossible date, such as one with month 0, becomes one before 1970. */
function milliseconds(column: string): string {
  return `IFNULL(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column}) DIV 1000, -1)`;
}

function hex(column: string): string {
  return `LOWER(HEX(${column}))`;
}

export const readingSchema: z.ZodType<PlacedReading> = z.object({
  batch: z.number(),
  leaf: z.number(),
  slot: z.number(),
  tenant: z.string(),
  device: z.string(),
  epoch: z.number(),
  seq: z.number(),
  sensor: z.string(),
  value: z.number(),
  ts: z.number(),
});

/** An id is batch, leaf and place in the message, in 14 and 6 bits (protocol/reading-id.ts). */
const READING_COLUMNS = `telemetry_id >> 20 AS batch, (telemetry_id >> 6) & 16383 AS leaf, telemetry_id & 63 AS slot,
  tenant, device_id AS device, epoch, seq, sensor_type AS sensor, value, ${milliseconds('timestamp')} AS ts`;

/** The primary key's own order, so that nothing has to be sorted. */
export const READINGS = `SELECT ${READING_COLUMNS} FROM telemetry
  WHERE telemetry_id >= ? AND telemetry_id <= ? ORDER BY telemetry_id, timestamp`;

export const READINGS_OF_DEVICE = `SELECT ${READING_COLUMNS} FROM telemetry
  WHERE device_id = ? AND timestamp >= ? AND timestamp < ? ORDER BY timestamp, telemetry_id`;

const outboxColumns = {
  outboxId: z.number().nullable(),
  outboxBatch: z.number().nullable(),
  outboxLog: z.string().nullable(),
  outboxSequence: z.number().nullable(),
  outboxStatus: z.string().nullable(),
  outboxTransaction: z.string().nullable(),
  outboxBlock: z.number().nullable(),
};
const OUTBOX_COLUMNS = `x.tx_id AS outboxId, x.batch_id AS outboxBatch, x.log_id AS outboxLog,
  x.sequence AS outboxSequence, x.status AS outboxStatus, x.tx_hash AS outboxTransaction, x.block_number AS outboxBlock`;

function outboxEntry(row: z.infer<z.ZodObject<typeof outboxColumns>>): OutboxEntry | undefined {
  if (row.outboxId === null) return undefined;
  return {
    id: row.outboxId,
    batch: row.outboxBatch,
    logId: row.outboxLog,
    sequence: row.outboxSequence,
    status: row.outboxStatus ?? 'null',
    transaction: row.outboxTransaction,
    block: row.outboxBlock,
  };
}

export const batchSchema = z
  .object({
    id: z.number(),
    logId: z.string(),
    sequence: z.number(),
    size: z.number(),
    readings: z.number(),
    totalMessages: z.number(),
    totalReadings: z.number(),
    root: z.string(),
    previous: z.string(),
    ranges: z.string(),
    hash: z.string(),
    earliest: z.number(),
    latest: z.number(),
    ...outboxColumns,
  })
  .transform((row): StoredBatch => ({
    id: row.id,
    logId: row.logId,
    sequence: row.sequence,
    size: row.size,
    readings: row.readings,
    totalMessages: row.totalMessages,
    totalReadings: row.totalReadings,
    root: row.root,
    previous: row.previous,
    ranges: row.ranges,
    hash: row.hash,
    earliest: row.earliest,
    latest: row.latest,
    outbox: outboxEntry(row),
  }));

export const BATCHES = `SELECT b.batch_id AS id, b.log_id AS logId, b.sequence, b.size, b.readings,
    b.total_messages AS totalMessages, b.total_readings AS totalReadings, ${hex('b.root')} AS root,
    ${hex('b.previous')} AS previous, ${hex('b.ranges_root')} AS ranges, ${hex('b.header_hash')} AS hash,
    ${milliseconds('b.earliest')} AS earliest, ${milliseconds('b.latest')} AS latest, ${OUTBOX_COLUMNS}
  FROM batches b LEFT JOIN blockchain_tx x ON x.batch_id = b.batch_id
  WHERE b.batch_id >= ? ORDER BY b.batch_id LIMIT ?`;

export const witnessSchema = z.object({ id: z.number(), messages: z.instanceof(Uint8Array) });

export const WITNESSES = `SELECT batch_id AS id, messages FROM batches
  WHERE batch_id >= ? AND batch_id <= ? AND messages IS NOT NULL ORDER BY batch_id`;

export const rangeSchema: z.ZodType<StoredRange> = z.object({
  batch: z.number(),
  device: z.string(),
  epoch: z.number(),
  first: z.number(),
  last: z.number(),
});

export const RANGES = `SELECT batch_id AS batch, device_id AS device, epoch, first_seq AS first, last_seq AS last
  FROM batch_ranges WHERE batch_id >= ? AND batch_id <= ? ORDER BY batch_id`;

export const entrySchema: z.ZodType<StoredEntry> = z.object({
  batch: z.number(),
  leaf: z.number(),
  at: z.number(),
  actor: z.string(),
  org: z.string().nullable(),
  action: z.string(),
  outcome: z.string(),
  tenant: z.string().nullable(),
  device: z.string().nullable(),
  subject: z.string().nullable(),
  details: z.string(),
  address: z.string().nullable(),
  transaction: z.string().nullable(),
});

/** An id is batch and leaf, in 14 bits (protocol/audit-entry.ts). Details are hashed as text, which a JSON column would not come as. */
export const ENTRIES = `SELECT log_id >> 14 AS batch, log_id & 16383 AS leaf, ${milliseconds('created_at')} AS at, actor, org,
    action, outcome, tenant, device_id AS device, subject, CAST(details AS CHAR) AS details, address,
    blockchain_hash AS transaction
  FROM audit_logs WHERE log_id >= ? AND log_id <= ? ORDER BY log_id`;

export const strayOutboxSchema = z.object(outboxColumns).transform(outboxEntry);

export const STRAY_OUTBOX = `SELECT ${OUTBOX_COLUMNS} FROM blockchain_tx x
  LEFT JOIN batches b ON b.batch_id = x.batch_id WHERE b.batch_id IS NULL ORDER BY x.tx_id`;
