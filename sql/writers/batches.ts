import { batchKind } from '../../chaincode/protocol/audit-entry.ts';
import { fromHex } from '../../chaincode/protocol/hash.ts';
import { type Header, headerHash, headerHashHex } from '../../chaincode/protocol/header.ts';
import type { RawMessage } from '../../chaincode/protocol/message.ts';
import type { SequenceRange } from '../../chaincode/protocol/ranges.ts';
import { readingId } from '../../chaincode/protocol/reading-id.ts';
import { toDatetime } from '../columns.ts';
import { execute, placeholders, type Queryable } from '../query.ts';
import { insertRows, type InsertTarget } from './insert-rows.ts';

/** Where a log ends: what its next header follows, and the totals up to there. */
export interface LogHead {
  readonly nextSequence: number;
  /** Hash of the last header in hex, or zeros when there is none. */
  readonly previous: string;
  readonly totalMessages: number;
  readonly totalReadings: number;
}

/** A batch that is complete but for its place in the database. Instants are milliseconds since the Unix epoch. */
export interface SealedBatch {
  readonly header: Header;
  readonly witness: Uint8Array;
  readonly earliest: number;
  readonly latest: number;
  readonly readings: number;
  readonly createdAt: number;
}

export interface TelemetryBatch extends SealedBatch {
  /** In the order of their leaves, each one's values in canonical order. */
  readonly messages: readonly RawMessage[];
  readonly ranges: readonly SequenceRange[];
}

/** Where the log ends behind a batch. Entries of the audit trail are no messages: totals stay as they are. */
export function headAfter({ header, readings }: SealedBatch, head: LogHead): LogHead {
  const messages = batchKind(header) === 'telemetry' ? header.size : 0;
  return {
    nextSequence: header.sequence + 1,
    previous: headerHashHex(header),
    totalMessages: head.totalMessages + messages,
    totalReadings: head.totalReadings + readings,
  };
}

const TELEMETRY: InsertTarget = {
  table: 'telemetry',
  columns: ['telemetry_id', 'tenant', 'device_id', 'epoch', 'seq', 'sensor_type', 'value', 'timestamp'],
};
const RANGES: InsertTarget = {
  table: 'batch_ranges',
  columns: ['batch_id', 'device_id', 'epoch', 'first_seq', 'last_seq'],
};

async function insertBatch(transaction: Queryable, batch: SealedBatch, head: LogHead): Promise<bigint> {
  const { header } = batch;
  const { totalMessages, totalReadings } = headAfter(batch, head);
  const { insertId } = await execute(
    transaction,
    `INSERT INTO batches (log_id, sequence, size, readings, total_messages, total_readings, root, previous,
       ranges_root, header_hash, messages, earliest, latest, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      header.logId,
      header.sequence,
      header.size,
      batch.readings,
      totalMessages,
      totalReadings,
      asBuffer(fromHex(header.root)),
      asBuffer(fromHex(header.previous)),
      asBuffer(fromHex(header.ranges)),
      asBuffer(headerHash(header)),
      asBuffer(batch.witness),
      toDatetime(batch.earliest),
      toDatetime(batch.latest),
      toDatetime(batch.createdAt),
    ],
  );
  return insertId;
}

/** The connector writes a Buffer as bytes, and any other array as a list. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function telemetryValues(batchId: bigint, messages: readonly RawMessage[]): unknown[] {
  const values: unknown[] = [];
  for (const [leaf, message] of messages.entries()) {
    const timestamp = toDatetime(message.ts);
    const first = readingId({ batch: batchId, leaf, value: 0 });
    for (const [index, { sensor, value }] of message.values.entries()) {
      const id = first + BigInt(index);
      values.push(id, message.tenant, message.device, message.epoch, message.seq, sensor, value, timestamp);
    }
  }
  return values;
}

/** What the batch adds to each tenant's totals. The rows are its own log's: no other worker waits for them. */
async function addToTotals(transaction: Queryable, { header, messages }: TelemetryBatch): Promise<void> {
  const added = new Map<string, { messages: number; readings: number }>();
  for (const { tenant, values } of messages) {
    const known = added.get(tenant) ?? { messages: 0, readings: 0 };
    added.set(tenant, { messages: known.messages + 1, readings: known.readings + values.length });
  }
  const rows = [...added].sort(([left], [right]) => (left < right ? -1 : 1));
  await execute(
    transaction,
    `INSERT INTO tenant_totals (log_id, tenant, messages, readings) VALUES ${rows.map(() => placeholders(4)).join(', ')}
     ON DUPLICATE KEY UPDATE messages = messages + VALUES(messages), readings = readings + VALUES(readings)`,
    rows.flatMap(([tenant, counts]) => [header.logId, tenant, counts.messages, counts.readings]),
  );
}

/** @param contents writes the rows of a batch's own table, by the batch's id */
export async function placeBatch(
  transaction: Queryable,
  batch: SealedBatch,
  head: LogHead,
  contents: (batchId: bigint) => readonly Promise<unknown>[],
): Promise<bigint> {
  const batchId = await insertBatch(transaction, batch, head);
  const { logId, sequence } = batch.header;
  const createdAt = toDatetime(batch.createdAt);
  await Promise.all([
    ...contents(batchId),
    execute(
      transaction,
      `INSERT INTO blockchain_tx (batch_id, log_id, sequence, status, created_at, updated_at)
       VALUES (?, ?, ?, 'sealed', ?, ?)`,
      [batchId, logId, sequence, createdAt, createdAt],
    ),
  ]);
  return batchId;
}

/**
 * Stores a batch of messages whole: header, witness, ranges, readings, and its place in the outbox.
 *
 * @returns the batch's id
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function storeBatch(transaction: Queryable, batch: TelemetryBatch, head: LogHead): Promise<bigint> {
  return placeBatch(transaction, batch, head, (batchId) => [
    insertRows(
      transaction,
      RANGES,
      batch.ranges.flatMap(({ device, epoch, first, last }) => [batchId, device, epoch, first, last]),
    ),
    addToTotals(transaction, batch),
    insertRows(transaction, TELEMETRY, telemetryValues(batchId, batch.messages)),
  ]);
}
