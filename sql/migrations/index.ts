import { devices } from './0001-devices.ts';
import { batches } from './0002-batches.ts';
import { telemetry } from './0003-telemetry.ts';
import { alertsAndAudit } from './0004-alerts-and-audit.ts';
import { members } from './0005-members.ts';
import { tenants } from './0006-tenants.ts';
import type { Migration } from './migration.ts';

/** In the order in which they are run. Steps that were released are never changed, only followed by others. */
export const MIGRATIONS: readonly Migration[] = [
  devices,
  batches,
  telemetry,
  alertsAndAudit,
  members,
  tenants,
];
