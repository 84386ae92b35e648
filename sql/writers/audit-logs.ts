import { auditEntryId, type RawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { toDatetime } from '../columns.ts';
import type { Queryable } from '../query.ts';
import { type LogHead, placeBatch, type SealedBatch } from './batches.ts';
import { insertRows, type InsertTarget } from './insert-rows.ts';

export interface AuditBatch extends SealedBatch {
  /** In the order of their leaves. */
  readonly entries: readonly RawAuditEntry[];
}

const AUDIT_LOGS: InsertTarget = {
  table: 'audit_logs',
  columns: [
    'log_id',
    'created_at',
    'actor',
    'org',
    'action',
    'outcome',
    'tenant',
    'device_id',
    'subject',
    'details',
    'address',
    'blockchain_hash',
  ],
};

function entryValues(batch: bigint, entries: readonly RawAuditEntry[]): unknown[] {
  return entries.flatMap((entry, leaf) => [
    auditEntryId({ batch, leaf }),
    toDatetime(entry.at),
    entry.actor,
    entry.org,
    entry.action,
    entry.outcome,
    entry.tenant,
    entry.device,
    entry.subject,
    entry.details,
    entry.address,
    entry.transaction,
  ]);
}

/**
 * Stores a batch of entries whole: header, witness, entries, and its place in the outbox.
 *
 * @returns the batch's id
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function storeAuditBatch(transaction: Queryable, batch: AuditBatch, head: LogHead): Promise<bigint> {
  return placeBatch(transaction, batch, head, (batchId) => [
    insertRows(transaction, AUDIT_LOGS, entryValues(batchId, batch.entries)),
  ]);
}
