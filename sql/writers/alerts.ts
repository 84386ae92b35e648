import type { Severity } from '../../chaincode/protocol/alerts/severity.ts';
import { toDatetime } from '../columns.ts';
import type { Queryable } from '../query.ts';
import { insertRows, type InsertTarget } from './insert-rows.ts';

/** Something that a person should look at. `createdAt` is in milliseconds since the Unix epoch. */
export interface Alert {
  readonly device: string | null;
  readonly tenant: string | null;
  readonly type: string;
  readonly severity: Severity;
  readonly value: number | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

const ALERTS: InsertTarget = {
  table: 'alerts',
  columns: ['device_id', 'tenant', 'type', 'severity', 'value', 'details', 'created_at'],
};

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function insertAlerts(database: Queryable, alerts: readonly Alert[]): Promise<void> {
  return insertRows(
    database,
    ALERTS,
    alerts.flatMap(({ device, tenant, type, severity, value, details, createdAt }) => [
      device,
      tenant,
      type,
      severity,
      value,
      JSON.stringify(details),
      toDatetime(createdAt),
    ]),
  );
}
