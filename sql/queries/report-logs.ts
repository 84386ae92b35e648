/** Which batches of a period there are, by SQL's word; what the ledger has is asked elsewhere. */
import { z } from 'zod';

import { instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { ANCHOR_STATES } from '../models/blockchain-transaction.ts';
import { type Queryable, select } from '../query.ts';
import { type ReportPeriod, summed } from './report-sums.ts';

const logRow = z.object({
  logId: z.string(),
  first: integerColumn,
  last: integerColumn,
  batches: integerColumn,
  messages: integerColumn,
  entries: integerColumn,
});
export type SummedLog = z.output<typeof logRow>;

/** Batches that were sealed in the period, by log. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function logsIn(
  database: Queryable,
  { from, to }: Pick<ReportPeriod, 'from' | 'to'>,
): Promise<SummedLog[]> {
  return select(
    database,
    logRow,
    summed(`SELECT log_id AS logId, MIN(sequence) AS first, MAX(sequence) AS last, COUNT(*) AS batches,
        SUM(IF(readings > 0, size, 0)) AS messages, SUM(IF(readings > 0, 0, size)) AS entries
      FROM batches WHERE created_at >= ? AND created_at < ? GROUP BY log_id ORDER BY log_id`),
    [toDatetime(from), toDatetime(to)],
  );
}

/** Numbers of a log's headers, both ends included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

const stateRow = z.object({ state: z.enum(ANCHOR_STATES), number: integerColumn });

/** How far these batches are on their way to the ledger. @throws BiotError as above */
export function statesOf(
  database: Queryable,
  logId: string,
  { first, last }: Span,
): Promise<z.output<typeof stateRow>[]> {
  return select(
    database,
    stateRow,
    summed(`SELECT status AS state, COUNT(*) AS number FROM blockchain_tx
      WHERE log_id = ? AND status IN (${ANCHOR_STATES.map(() => '?').join(', ')}) AND sequence BETWEEN ? AND ?
      GROUP BY status`),
    [logId, ...ANCHOR_STATES, first, last],
  );
}

/** When the oldest batch was sealed that is not on the ledger, by SQL's word. @throws BiotError as above */
export async function oldestWaiting(
  database: Queryable,
  logId: string,
  { first, last }: Span,
): Promise<{ sequence: number; since: number } | null> {
  const [row] = await select(
    database,
    z.object({ sequence: integerColumn, since: instantColumn }),
    summed(`SELECT b.sequence, b.created_at AS since FROM blockchain_tx t JOIN batches b ON b.batch_id = t.batch_id
      WHERE t.log_id = ? AND t.status IN ('sealed', 'submitted') AND t.sequence BETWEEN ? AND ?
      ORDER BY t.sequence LIMIT 1`),
    [logId, first, last],
  );
  return row ?? null;
}

const neighboursRow = z.object({ before: integerColumn.nullable(), after: integerColumn.nullable() });

/** The numbers of the batches next to a span, null where there is none. @throws BiotError as above */
export async function neighboursOf(
  database: Queryable,
  logId: string,
  { first, last }: Span,
): Promise<z.output<typeof neighboursRow>> {
  const [row] = await select(
    database,
    neighboursRow,
    summed(`SELECT (SELECT MAX(sequence) FROM batches WHERE log_id = ? AND sequence < ?) AS \`before\`,
      (SELECT MIN(sequence) FROM batches WHERE log_id = ? AND sequence > ?) AS after`),
    [logId, first, logId, last],
  );
  return row ?? { before: null, after: null };
}

/** Spans, the first of them, and how many there are. */
export interface Spans {
  readonly listed: Span[];
  readonly total: number;
}

/** Numbers among these that no batch has, as spans, of which `limit` are listed. @throws BiotError as above */
export async function missingNumbers(
  database: Queryable,
  logId: string,
  { first, last }: Span,
  limit: number,
): Promise<Spans> {
  const [row] = await select(
    database,
    z.object({ number: integerColumn }),
    summed('SELECT COUNT(*) AS number FROM batches WHERE log_id = ? AND sequence BETWEEN ? AND ?'),
    [logId, first, last],
  );
  // Their order is looked at only when there is something to be found.
  if (row?.number === last - first + 1) return { listed: [], total: 0 };
  const rows = await select(
    database,
    z.object({ first: integerColumn, last: integerColumn, total: integerColumn }),
    summed(`SELECT sequence + 1 AS first, following - 1 AS last, COUNT(*) OVER () AS total
      FROM (SELECT sequence, LEAD(sequence) OVER (ORDER BY sequence) AS following
        FROM (SELECT CAST(? AS SIGNED) AS sequence UNION ALL SELECT ?
          UNION ALL SELECT CAST(sequence AS SIGNED) FROM batches WHERE log_id = ? AND sequence BETWEEN ? AND ?) s) f
      WHERE following > sequence + 1 ORDER BY first LIMIT ?`),
    [first - 1, last + 1, logId, first, last, limit],
  );
  return {
    listed: rows.map((span) => ({ first: span.first, last: span.last })),
    total: rows[0]?.total ?? 0,
  };
}

/** How many batches SQL has as committed from a number on. @throws BiotError as above */
export async function claimedFrom(database: Queryable, logId: string, sequence: number): Promise<number> {
  const [row] = await select(
    database,
    z.object({ number: integerColumn }),
    summed(
      `SELECT COUNT(*) AS number FROM blockchain_tx WHERE log_id = ? AND status = 'committed' AND sequence >= ?`,
    ),
    [logId, sequence],
  );
  return row?.number ?? 0;
}

/** Where a header stands on the ledger, by SQL's word. @throws BiotError as above */
export async function placeOf(
  database: Queryable,
  logId: string,
  sequence: number,
): Promise<{ transaction: string; block: number } | null> {
  const [row] = await select(
    database,
    z.object({ transaction: z.string(), block: integerColumn }),
    `SELECT tx_hash AS transaction, block_number AS block FROM blockchain_tx
     WHERE log_id = ? AND status = 'committed' AND sequence = ? AND tx_hash IS NOT NULL AND block_number IS NOT NULL`,
    [logId, sequence],
  );
  return row ?? null;
}
