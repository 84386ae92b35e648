import { z } from 'zod';

import { toHex } from '../../chaincode/protocol/hash.ts';
import type { Header } from '../../chaincode/protocol/header.ts';
import { hashColumn, integerColumn } from '../columns.ts';
import { type Queryable, select } from '../query.ts';

/** A header as a row of `batches` says it, with the log's totals up to it. Whoever can write the row can lie. */
export interface StoredHeader {
  readonly header: Header;
  readonly totalMessages: number;
  readonly totalReadings: number;
}

/** A row's columns that make up its header. */
export const headerColumns = {
  log_id: z.string(),
  sequence: integerColumn,
  size: integerColumn,
  root: hashColumn,
  previous: hashColumn,
  ranges_root: hashColumn,
};

export function headerOf(row: z.output<z.ZodObject<typeof headerColumns>>): Header {
  return {
    logId: row.log_id,
    sequence: row.sequence,
    size: row.size,
    root: toHex(row.root),
    previous: toHex(row.previous),
    ranges: toHex(row.ranges_root),
  };
}

const storedHeaderRow = z
  .object({ ...headerColumns, total_messages: integerColumn, total_readings: integerColumn })
  .transform((row): StoredHeader => ({
    header: headerOf(row),
    totalMessages: row.total_messages,
    totalReadings: row.total_readings,
  }));

/**
 * Headers of a log with the numbers `from` up to but without `to`, in order. Bounded at both ends: a row with an
 * impossible number far behind the log's end is not even read.
 *
 * A locking read, which waits for transactions that are writing such rows. A writer that was killed, or lost its
 * connection, may have sent COMMIT: the server still carries it out, after whoever took the writer's place would
 * have looked. https://mariadb.com/kb/en/lock-in-share-mode/
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function storedHeaders(
  database: Queryable,
  logId: string,
  { from, to }: { from: number; to: number },
): Promise<StoredHeader[]> {
  return select(
    database,
    storedHeaderRow,
    `SELECT log_id, sequence, size, root, previous, ranges_root, total_messages, total_readings FROM batches
     WHERE log_id = ? AND sequence >= ? AND sequence < ? ORDER BY sequence
     LOCK IN SHARE MODE`,
    [logId, from, to],
  );
}
