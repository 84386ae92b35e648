import { z } from 'zod';

import { MAX_BATCH_MESSAGES } from '../../chaincode/protocol/header.ts';
import type { SequenceRange } from '../../chaincode/protocol/ranges.ts';
import { bigintColumn, bytesColumn, integerColumn } from '../columns.ts';
import { chunks, placeholders, type Queryable, select } from '../query.ts';

/** A stored range that shares numbers with one that was asked for. */
export interface StoredRange extends SequenceRange {
  readonly batch: bigint;
}

/** Ranges in one statement, each an interval of the index: with more, the optimizer's work grows faster than theirs. */
const RANGES_AT_ONCE = 50;

const rangeRow = z
  .object({
    batch_id: bigintColumn,
    device_id: z.string(),
    epoch: integerColumn,
    first_seq: integerColumn,
    last_seq: integerColumn,
  })
  .transform((row): StoredRange => ({
    batch: row.batch_id,
    device: row.device_id,
    epoch: row.epoch,
    first: row.first_seq,
    last: row.last_seq,
  }));

/**
 * Finds the stored ranges that overlap any of these. A range never spans more numbers than a batch has messages;
 * that bounds the index interval, so a device that sends an old number again does not cause a scan of all that it
 * sent since.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function findOverlaps(
  database: Queryable,
  ranges: readonly SequenceRange[],
): Promise<StoredRange[]> {
  const found = await Promise.all(
    chunks(ranges, RANGES_AT_ONCE).map((part) => {
      const condition = '(device_id = ? AND epoch = ? AND last_seq BETWEEN ? AND ? AND first_seq <= ?)';
      return select(
        database,
        rangeRow,
        `SELECT batch_id, device_id, epoch, first_seq, last_seq FROM batch_ranges
         WHERE ${part.map(() => condition).join(' OR ')}`,
        part.flatMap(({ device, epoch, first, last }) => [
          device,
          epoch,
          first,
          last + MAX_BATCH_MESSAGES - 1,
          last,
        ]),
      );
    }),
  );
  return found.flat();
}

/** A batch's place in its log, and its messages as they were hashed. */
export interface Witness {
  readonly batch: bigint;
  readonly logId: string;
  readonly sequence: number;
  /** Null once retention has dropped the batch's readings. */
  readonly messages: Uint8Array | null;
}

const witnessRow = z
  .object({
    batch_id: bigintColumn,
    log_id: z.string(),
    sequence: integerColumn,
    messages: bytesColumn.nullable(),
  })
  .transform((row): Witness => ({
    batch: row.batch_id,
    logId: row.log_id,
    sequence: row.sequence,
    messages: row.messages,
  }));

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function readWitnesses(database: Queryable, batches: readonly bigint[]): Promise<Witness[]> {
  if (batches.length === 0) return Promise.resolve([]);
  return select(
    database,
    witnessRow,
    `SELECT batch_id, log_id, sequence, messages FROM batches
     WHERE batch_id IN ${placeholders(batches.length)} ORDER BY batch_id`,
    batches,
  );
}
