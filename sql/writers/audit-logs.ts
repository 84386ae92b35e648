import { toDatetime } from '../columns.ts';
import type { Queryable } from '../query.ts';
import { insertRows, type InsertTarget } from './insert-rows.ts';

/** Who did what, to which device. `createdAt` is in milliseconds since the Unix epoch. */
export interface AuditEntry {
  readonly device: string | null;
  /** The device's; null when nobody knows it: only those who serve all tenants see the entry then. */
  readonly tenant: string | null;
  /** A member's name, or the service that acted by itself. */
  readonly actor: string;
  /** Such as `device.suspend`. */
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** The Fabric transaction that it caused. */
  readonly transaction?: string;
  readonly createdAt: number;
}

const AUDIT_LOGS: InsertTarget = {
  table: 'audit_logs',
  columns: ['device_id', 'tenant', 'actor', 'action', 'details', 'blockchain_hash', 'created_at'],
};

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function insertAuditEntries(database: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  return insertRows(
    database,
    AUDIT_LOGS,
    entries.flatMap(({ device, tenant, actor, action, details, transaction, createdAt }) => [
      device,
      tenant,
      actor,
      action,
      JSON.stringify(details),
      transaction ?? null,
      toDatetime(createdAt),
    ]),
  );
}
