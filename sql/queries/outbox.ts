import { z } from 'zod';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { type Header, headerHashHex } from '../../chaincode/protocol/header.ts';
import { hashColumn, integerColumn } from '../columns.ts';
import { ANCHOR_STATES, type AnchorState } from '../models/blockchain-transaction.ts';
import { type Queryable, select } from '../query.ts';

/** A header that is not known to be on the ledger yet. */
export interface PendingAnchor {
  readonly header: Header;
  readonly state: AnchorState;
  /** The transaction that was last prepared for it. */
  readonly transaction: string | null;
  /** Whether the row still is what was sealed: its columns give the hash that was stored with them. */
  readonly intact: boolean;
}

const pendingRow = z
  .object({
    log_id: z.string(),
    sequence: integerColumn,
    size: integerColumn,
    root: hashColumn,
    previous: hashColumn,
    ranges_root: hashColumn,
    header_hash: hashColumn,
    status: z.enum(ANCHOR_STATES),
    tx_hash: z.string().nullable(),
  })
  .transform((row): PendingAnchor => {
    const header: Header = {
      logId: row.log_id,
      sequence: row.sequence,
      size: row.size,
      root: toHex(row.root),
      previous: toHex(row.previous),
      ranges: toHex(row.ranges_root),
    };
    const intact = headerHashHex(header) === toHex(row.header_hash);
    return { header, state: row.status, transaction: row.tx_hash, intact };
  });

/**
 * The first headers of a log that are not committed, in the log's order.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function pendingAnchors(database: Queryable, logId: string, limit: number): Promise<PendingAnchor[]> {
  return select(
    database,
    pendingRow,
    `SELECT b.log_id, b.sequence, b.size, b.root, b.previous, b.ranges_root, b.header_hash, t.status, t.tx_hash
     FROM blockchain_tx t JOIN batches b ON b.batch_id = t.batch_id
     WHERE t.log_id = ? AND t.status IN ('sealed', 'submitted') ORDER BY t.sequence LIMIT ?`,
    [logId, limit],
  );
}

/** The last block that is known to hold headers of the log; undefined when there is none. */
export async function lastAnchoredBlock(database: Queryable, logId: string): Promise<number | undefined> {
  const [row] = await select(
    database,
    z.object({ block: integerColumn.nullable() }),
    `SELECT block_number AS block FROM blockchain_tx
     WHERE log_id = ? AND status = 'committed' ORDER BY sequence DESC LIMIT 1`,
    [logId],
  );
  return row?.block ?? undefined;
}
