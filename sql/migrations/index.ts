import { devices } from './0001-devices.ts';
import { batches } from './0002-batches.ts';
import { telemetry } from './0003-telemetry.ts';
import { alertsAndAudit } from './0004-alerts-and-audit.ts';
import { members } from './0005-members.ts';
import { tenants } from './0006-tenants.ts';
import { commands } from './0007-commands.ts';
import { auditEntries } from './0008-audit-entries.ts';
import { alertLife } from './0009-alert-life.ts';
import { rollouts } from './0010-rollouts.ts';
import { presence } from './0011-presence.ts';
import { notifications } from './0012-notifications.ts';
import { report } from './0013-report.ts';
import { twins } from './0014-twins.ts';
import { streams } from './0015-streams.ts';
import { notificationHours } from './0016-notification-hours.ts';
import type { Migration } from './migration.ts';

/** In the order in which they are run. Steps that were released are never changed, only followed by others. */
export const MIGRATIONS: readonly Migration[] = [
  devices,
  batches,
  telemetry,
  alertsAndAudit,
  members,
  tenants,
  commands,
  auditEntries,
  alertLife,
  rollouts,
  presence,
  notifications,
  report,
  twins,
  streams,
  notificationHours,
];
