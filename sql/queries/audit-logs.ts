import { z } from 'zod';

import {
  AUDIT_OUTCOMES,
  type AuditOutcome,
  type RawAuditEntry,
} from '../../chaincode/protocol/audit-entry.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { bigintColumn, instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { allOf, asked, type Condition, olderThan } from '../conditions.ts';
import { ANCHOR_STATES, type AnchorState } from '../models/blockchain-transaction.ts';
import { type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** An entry as its row says it, and where its batch is on its way to the ledger. */
export interface StoredAuditEntry extends RawAuditEntry {
  readonly outcome: AuditOutcome;
  readonly id: bigint;
  readonly anchor: {
    readonly logId: string;
    readonly sequence: number;
    readonly state: AnchorState;
    readonly transaction: string | null;
    readonly block: number | null;
  } | null;
}

export interface AuditPlace {
  readonly at: number;
  readonly id: bigint;
}

export interface AuditQuery {
  /** Whose entries. Those that are nobody's come with all tenants' alone. */
  readonly tenants: Tenants;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly device?: string | undefined;
  readonly tenant?: string | undefined;
  /** Instants, milliseconds since the Unix epoch: from the first, up to but without the second. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The last entry of the page before. */
  readonly before?: AuditPlace | undefined;
  readonly limit: number;
}

const entryRow = z
  .object({
    id: bigintColumn,
    at: instantColumn,
    actor: z.string(),
    org: z.string().nullable(),
    action: z.string(),
    outcome: z.enum(AUDIT_OUTCOMES),
    tenant: z.string().nullable(),
    device: z.string().nullable(),
    subject: z.string().nullable(),
    details: z.string(),
    address: z.string().nullable(),
    transaction: z.string().nullable(),
    logId: z.string().nullable(),
    sequence: integerColumn.nullable(),
    state: z.enum(ANCHOR_STATES).nullable(),
    anchoredBy: z.string().nullable(),
    block: integerColumn.nullable(),
  })
  .transform(({ logId, sequence, state, anchoredBy, block, ...entry }): StoredAuditEntry => ({
    ...entry,
    anchor:
      logId === null || sequence === null || state === null
        ? null
        : { logId, sequence, state, transaction: anchoredBy, block },
  }));

/** An entry's id is its batch and its leaf, in 14 bits. The connector would parse a JSON column: its text is what counts. */
const SELECT_ENTRY = `SELECT a.log_id AS id, a.created_at AS at, a.actor, a.org, a.action, a.outcome, a.tenant,
    a.device_id AS device, a.subject, CAST(a.details AS CHAR) AS details, a.address, a.blockchain_hash AS transaction,
    b.log_id AS logId, b.sequence, t.status AS state, t.tx_hash AS anchoredBy, t.block_number AS block
  FROM audit_logs a LEFT JOIN batches b ON b.batch_id = a.log_id >> 14
    LEFT JOIN blockchain_tx t ON t.batch_id = b.batch_id`;

function conditionOf(query: AuditQuery): Condition {
  const { tenants, actor, action, outcome, device, tenant, from, to, before } = query;
  return allOf([
    ofTenants('a.tenant', tenants),
    asked('a.actor = ?', actor),
    asked('a.action = ?', action),
    asked('a.outcome = ?', outcome),
    asked('a.device_id = ?', device),
    asked('a.tenant = ?', tenant),
    asked('a.created_at >= ?', from === undefined ? from : toDatetime(from)),
    asked('a.created_at < ?', to === undefined ? to : toDatetime(to)),
    olderThan(before, { at: 'a.created_at', id: 'a.log_id' }),
  ]);
}

/**
 * Entries of the audit trail, newest first.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function auditPage(database: Queryable, query: AuditQuery): Promise<StoredAuditEntry[]> {
  const [condition, ...values] = conditionOf(query);
  return select(
    database,
    entryRow,
    `${SELECT_ENTRY} WHERE ${condition}
     ORDER BY a.created_at DESC, a.log_id DESC LIMIT ?`,
    [...values, query.limit],
  );
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function auditEntryById(database: Queryable, id: bigint): Promise<StoredAuditEntry | undefined> {
  const [row] = await select(database, entryRow, `${SELECT_ENTRY} WHERE a.log_id = ?`, [id]);
  return row;
}
