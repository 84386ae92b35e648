import { toDatetime } from '../columns.ts';
import { execute, type Queryable } from '../query.ts';

/** Headers `from` to `to` (inclusive) of a log, and the instant of the change (milliseconds since the Unix epoch). */
export interface OutboxRange {
  readonly logId: string;
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/**
 * Notes the transaction that is about to be sent to the orderers, so that after a crash its fate can be looked up.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function markSubmitted(
  database: Queryable,
  { logId, from, to, now }: OutboxRange,
  transaction: string,
): Promise<void> {
  await execute(
    database,
    `UPDATE blockchain_tx SET status = 'submitted', tx_hash = ?, updated_at = ?
     WHERE log_id = ? AND status IN ('sealed', 'submitted') AND sequence BETWEEN ? AND ?`,
    [transaction, toDatetime(now), logId, from, to],
  );
}

/**
 * @param place null where the channel does not tell it: what the ledger holds is committed all the same
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function markCommitted(
  database: Queryable,
  { logId, from, to, now }: OutboxRange,
  { transaction, block }: { transaction: string | null; block: number | null },
): Promise<void> {
  await execute(
    database,
    `UPDATE blockchain_tx SET status = 'committed', tx_hash = ?, block_number = ?, updated_at = ?
     WHERE log_id = ? AND status IN ('sealed', 'submitted') AND sequence BETWEEN ? AND ?`,
    [transaction, block, toDatetime(now), logId, from, to],
  );
}
