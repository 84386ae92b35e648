import { z } from 'zod';

import { integerColumn, toDatetime } from '../columns.ts';
import { type Queryable, select } from '../query.ts';

/** How much there is. */
export interface Totals {
  readonly messages: number;
  readonly messagesLastMinute: number;
  readonly readings: number;
  readonly anchorsCommitted: number;
  readonly anchorsPending: number;
  /** The last block with an anchor. */
  readonly lastBlock: number | null;
}

const MINUTE_MS = 60_000;

const totalsRow = z.object({
  messages: integerColumn,
  readings: integerColumn,
  batches: integerColumn,
  lastMinute: integerColumn,
  pending: integerColumn,
  lastBlock: integerColumn.nullable(),
});

/**
 * Reads the running totals of each log's last batch; nothing here grows with what is stored.
 *
 * @param now milliseconds since the Unix epoch
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function totals(database: Queryable, now: number): Promise<Totals> {
  const [row] = await select(
    database,
    totalsRow,
    `SELECT COALESCE(SUM(b.total_messages), 0) AS messages, COALESCE(SUM(b.total_readings), 0) AS readings,
       COALESCE(SUM(b.sequence + 1), 0) AS batches,
       (SELECT COALESCE(SUM(size), 0) FROM batches WHERE created_at >= ?) AS lastMinute,
       (SELECT COUNT(*) FROM blockchain_tx WHERE status IN ('sealed', 'submitted') AND batch_id IS NOT NULL) AS pending,
       (SELECT MAX(block_number) FROM blockchain_tx WHERE status = 'committed') AS lastBlock
     FROM (SELECT log_id, MAX(sequence) AS sequence FROM batches GROUP BY log_id) heads
     JOIN batches b ON b.log_id = heads.log_id AND b.sequence = heads.sequence`,
    [toDatetime(now - MINUTE_MS)],
  );
  if (row === undefined) throw new RangeError('a sum is always one row');
  const { messages, readings, batches, lastMinute, pending, lastBlock } = row;
  return {
    messages,
    messagesLastMinute: lastMinute,
    readings,
    anchorsCommitted: batches - pending,
    anchorsPending: pending,
    lastBlock,
  };
}
