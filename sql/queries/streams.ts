import { z } from 'zod';

import type { RawMessage } from '../../chaincode/protocol/message.ts';
import { type Stream, type StreamFilter, streamSchema } from '../../chaincode/protocol/streams/stream.ts';
import { bigintColumn, bytesColumn, instantColumn, integerColumn, jsonColumn } from '../columns.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { messagesOf } from './log-messages.ts';

/** A stream with how it fares. Instants are milliseconds since the Unix epoch. */
export interface StoredStream extends Stream {
  /** What a webhook is signed with, or a broker's password. Only the notifier's key opens it; null where there is none. */
  readonly sealedSecret: Uint8Array | null;
  readonly deliveredAt: number | null;
  readonly failedAt: number | null;
  /** Why it failed last; null when something was taken since. */
  readonly failure: string | null;
}

const streamRow = z
  .object({
    stream_id: z.string(),
    tenant: z.string().nullable(),
    definition: jsonColumn.pipe(z.record(z.string(), z.unknown())),
    sealed_secret: bytesColumn.nullable(),
    version: z.int(),
    author: z.string(),
    updated_at: instantColumn,
    delivered_at: instantColumn.nullable(),
    failed_at: instantColumn.nullable(),
    failure: z.string().nullable(),
  })
  .transform((row): StoredStream => {
    const { stream_id: id, tenant, definition, version, author, updated_at: updatedAt } = row;
    return {
      ...streamSchema.parse({ ...definition, id, tenant, version, author, updatedAt }),
      sealedSecret: row.sealed_secret,
      deliveredAt: row.delivered_at,
      failedAt: row.failed_at,
      failure: row.failure,
    };
  });

const COLUMNS = `s.stream_id, s.tenant, s.definition, s.sealed_secret, s.version, s.author, s.updated_at,
  s.delivered_at, s.failed_at, s.failure`;

/**
 * The newest batch of each log that ever had readings; logs of entries alone are no stream's. The index on log and
 * sequence answers the inner question with one look for each log.
 */
export const LOG_ENDS = `SELECT b.log_id, b.sequence FROM
  (SELECT log_id, MAX(sequence) AS sequence FROM batches GROUP BY log_id) newest
  JOIN batches b ON b.log_id = newest.log_id AND b.sequence = newest.sequence WHERE b.total_readings > 0`;

/** A log that began after the stream has no cursor yet: all of it is ahead. */
const AHEAD = `JOIN (${LOG_ENDS}) e
  LEFT JOIN stream_cursors c ON c.stream_id = s.stream_id AND c.log_id = e.log_id`;
const IS_AHEAD = 'COALESCE(c.next_sequence, 0) <= e.sequence';

function streamsBy(database: Queryable, condition: string): Promise<StoredStream[]> {
  return select(
    database,
    streamRow,
    `SELECT ${COLUMNS} FROM streams s WHERE ${condition} ORDER BY JSON_VALUE(s.definition, '$.name'), s.stream_id`,
  );
}

/** All streams, in the order of their names. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function storedStreams(database: Queryable): Promise<StoredStream[]> {
  return streamsBy(database, 'TRUE');
}

/** Those that are switched on and not at the end of every log. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function streamsWithWork(database: Queryable): Promise<StoredStream[]> {
  return streamsBy(
    database,
    `JSON_CONTAINS(s.definition, 'true', '$.enabled')
     AND s.stream_id IN (SELECT s.stream_id FROM streams s ${AHEAD} WHERE ${IS_AHEAD})`,
  );
}

/** What a stream has not looked at yet. */
export interface Behind {
  readonly batches: number;
  /** When the oldest of these batches was stored, in milliseconds since the Unix epoch; null when there is none. */
  readonly since: number | null;
}

/** Of each stream that is behind, by its id. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function streamsBehind(database: Queryable): Promise<ReadonlyMap<string, Behind>> {
  const rows = await select(
    database,
    z.object({ id: z.string(), batches: integerColumn, since: instantColumn.nullable() }),
    `SELECT s.stream_id AS id, SUM(e.sequence + 1 - COALESCE(c.next_sequence, 0)) AS batches, MIN(b.created_at) AS since
     FROM streams s ${AHEAD}
     LEFT JOIN batches b ON b.log_id = e.log_id AND b.sequence = COALESCE(c.next_sequence, 0)
     WHERE ${IS_AHEAD} GROUP BY s.stream_id`,
  );
  return new Map(rows.map(({ id, batches, since }) => [id, { batches, since }]));
}

/** A message's place in a log: its batch, and its leaf there. */
export interface Position {
  readonly sequence: number;
  readonly leaf: number;
}

/** Where a stream stands in a log. */
export interface StreamCursor {
  readonly log: string;
  /** What comes next. */
  readonly next: Position;
  /** Where the delivery ends, exclusive, that was begun and not seen to be taken; null when there is none. */
  readonly until: Position | null;
}

/** Of a stream in each log that goes on. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function cursorsAhead(database: Queryable, stream: string): Promise<StreamCursor[]> {
  const rows = await select(
    database,
    z.object({
      log_id: z.string(),
      next_sequence: integerColumn,
      next_leaf: integerColumn,
      until_sequence: integerColumn.nullable(),
      until_leaf: integerColumn.nullable(),
    }),
    `SELECT e.log_id, COALESCE(c.next_sequence, 0) AS next_sequence, COALESCE(c.next_leaf, 0) AS next_leaf,
       c.until_sequence, c.until_leaf
     FROM streams s ${AHEAD} WHERE s.stream_id = ? AND ${IS_AHEAD} ORDER BY e.log_id`,
    [stream],
  );
  return rows.map(({ log_id: log, until_sequence: sequence, until_leaf: leaf, ...row }) => ({
    log,
    next: { sequence: row.next_sequence, leaf: row.next_leaf },
    until: sequence === null || leaf === null ? null : { sequence, leaf },
  }));
}

/** A batch as streams see it. */
export interface FollowedBatch {
  readonly id: bigint;
  readonly sequence: number;
  /** By their leaves; none of a batch of entries; null when they are no longer there, or are no messages. */
  readonly messages: readonly RawMessage[] | null;
}

/**
 * The first batch of a log from a number on, by its witness copy: one at a time, for one may have some megabytes.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function followedBatch(
  database: Queryable,
  { log, from }: { log: string; from: number },
): Promise<FollowedBatch | undefined> {
  const [row] = await select(
    database,
    z.object({
      id: bigintColumn,
      sequence: integerColumn,
      readings: integerColumn,
      messages: bytesColumn.nullable(),
    }),
    `SELECT batch_id AS id, sequence, readings, IF(readings > 0, messages, NULL) AS messages FROM batches
     WHERE log_id = ? AND sequence >= ? ORDER BY sequence LIMIT 1`,
    [log, from],
  );
  if (row === undefined) return undefined;
  const { id, sequence, readings, messages } = row;
  if (readings === 0) return { id, sequence, messages: [] };
  return { id, sequence, messages: (messages && messagesOf(messages)) ?? null };
}

/** Which of these devices are of one of these types. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function devicesOfTypes(
  database: Queryable,
  devices: readonly string[],
  types: NonNullable<StreamFilter['types']>,
): Promise<ReadonlySet<string>> {
  if (devices.length === 0) return new Set();
  const rows = await select(
    database,
    z.object({ device_id: z.string() }),
    `SELECT device_id FROM devices WHERE type IN ${placeholders(types.length)} AND device_id IN ${placeholders(devices.length)}`,
    [...types, ...devices],
  );
  return new Set(rows.map(({ device_id: device }) => device));
}
