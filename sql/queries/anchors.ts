import { z } from 'zod';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { bigintColumn, bytesColumn, hashColumn, instantColumn, integerColumn } from '../columns.ts';
import { allOf, asked } from '../conditions.ts';
import { ANCHOR_STATES, type AnchorState } from '../models/blockchain-transaction.ts';
import { type Queryable, select } from '../query.ts';

/** A batch's header, and how far it is on its way to the ledger. Instants are milliseconds since the Unix epoch. */
export interface StoredAnchor {
  readonly batch: bigint;
  readonly logId: string;
  readonly sequence: number;
  readonly size: number;
  /** Hashes in hex. */
  readonly root: string;
  readonly previous: string;
  readonly ranges: string;
  readonly state: AnchorState;
  readonly transaction: string | null;
  readonly block: number | null;
  readonly createdAt: number;
  /** Of the batch's readings. */
  readonly earliest: number;
  readonly latest: number;
}

export interface AnchorQuery {
  readonly logId?: string | undefined;
  /** The batch of the last anchor of the page before. */
  readonly before?: bigint | undefined;
  readonly limit: number;
}

const hexColumn = hashColumn.transform(toHex);

const anchorRow = z.object({
  batch: bigintColumn,
  logId: z.string(),
  sequence: integerColumn,
  size: integerColumn,
  root: hexColumn,
  previous: hexColumn,
  ranges: hexColumn,
  state: z.enum(ANCHOR_STATES),
  transaction: z.string().nullable(),
  block: integerColumn.nullable(),
  createdAt: instantColumn,
  earliest: instantColumn,
  latest: instantColumn,
});

const SELECT_ANCHOR = `SELECT b.batch_id AS batch, b.log_id AS logId, b.sequence, b.size, b.root, b.previous,
    b.ranges_root AS ranges, t.status AS state, t.tx_hash AS transaction, t.block_number AS block,
    b.created_at AS createdAt, b.earliest, b.latest
  FROM batches b JOIN blockchain_tx t ON t.batch_id = b.batch_id`;

/**
 * Anchors, newest first, of one log or of all.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function anchorPage(
  database: Queryable,
  { logId, before, limit }: AnchorQuery,
): Promise<StoredAnchor[]> {
  const [condition, ...values] = allOf([asked('b.log_id = ?', logId), asked('b.batch_id < ?', before)]);
  return select(database, anchorRow, `${SELECT_ANCHOR} WHERE ${condition} ORDER BY b.batch_id DESC LIMIT ?`, [
    ...values,
    limit,
  ]);
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function anchorOf(database: Queryable, batch: bigint): Promise<StoredAnchor | undefined> {
  const rows = await select(database, anchorRow, `${SELECT_ANCHOR} WHERE b.batch_id = ?`, [batch]);
  return rows[0];
}

/**
 * The witness copy of a batch: null once retention has dropped it, undefined when there is no such batch.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function witnessOf(database: Queryable, batch: bigint): Promise<Uint8Array | null | undefined> {
  const [row] = await select(
    database,
    z.object({ messages: bytesColumn.nullable() }),
    'SELECT messages FROM batches WHERE batch_id = ?',
    [batch],
  );
  return row?.messages;
}

/**
 * Hashes of a log's headers, in order, from sequence number `from` on: the leaves of the log's tree.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function headerHashes(
  database: Queryable,
  logId: string,
  from: number,
  limit: number,
): Promise<Uint8Array[]> {
  const rows = await select(
    database,
    z.object({ hash: hashColumn }),
    `SELECT header_hash AS hash FROM batches WHERE log_id = ? AND sequence >= ? ORDER BY sequence LIMIT ?`,
    [logId, from, limit],
  );
  return rows.map(({ hash }) => hash);
}
