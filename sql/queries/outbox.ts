import { z } from 'zod';

import type { Header } from '../../chaincode/protocol/header.ts';
import { ANCHOR_STATES, type AnchorState } from '../models/blockchain-transaction.ts';
import { type Queryable, select } from '../query.ts';
import { headerColumns, headerOf } from './log-headers.ts';

/** A header that is not known to be on the ledger yet. */
export interface PendingAnchor {
  readonly header: Header;
  readonly state: AnchorState;
  /** The transaction that was last prepared for it. */
  readonly transaction: string | null;
}

const pendingRow = z
  .object({ ...headerColumns, status: z.enum(ANCHOR_STATES), tx_hash: z.string().nullable() })
  .transform((row): PendingAnchor => ({
    header: headerOf(row),
    state: row.status,
    transaction: row.tx_hash,
  }));

/** Numbers of a log's headers, `from` up to but without `to`. */
export interface Numbers {
  readonly from: number;
  readonly to: number;
}

/**
 * The first headers among these that are not committed by SQL's word, in the log's order. A row of `blockchain_tx`
 * that names another place than its batch has is left out: verify names it.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function pendingAnchors(
  database: Queryable,
  logId: string,
  { from, to }: Numbers,
  limit: number,
): Promise<PendingAnchor[]> {
  return select(
    database,
    pendingRow,
    `SELECT b.log_id, b.sequence, b.size, b.root, b.previous, b.ranges_root, t.status, t.tx_hash
     FROM blockchain_tx t JOIN batches b ON b.batch_id = t.batch_id AND b.log_id = t.log_id AND b.sequence = t.sequence
     WHERE t.log_id = ? AND t.status IN ('sealed', 'submitted') AND t.sequence >= ? AND t.sequence < ?
     ORDER BY t.sequence LIMIT ?`,
    [logId, from, to, limit],
  );
}
