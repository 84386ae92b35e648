import type { Pool } from 'mariadb';
import { z } from 'zod';

import { toDatetime } from './columns.ts';
import { withConnection, withNamedLock } from './connection.ts';
import { CATCH_ALL, type Partition, type PartitionPlan, planPartitions } from './partitions.ts';
import { execute, type Queryable, select } from './query.ts';

/** What was done, for the log. */
export interface PartitionChanges {
  readonly table: PartitionedTable;
  readonly added: readonly string[];
  readonly dropped: readonly string[];
}

export interface MaintenanceSettings {
  /** Whole partitions older than this are dropped; 0 keeps everything. */
  readonly retentionDays: number;
  readonly monthsAhead: number;
  /** Told before telemetry is dropped; nothing is when it throws. */
  readonly onExpire?: ((expiry: TelemetryExpiry) => Promise<void>) | undefined;
}

export interface TelemetryExpiry {
  /** Milliseconds since the Unix epoch: readings from before go. */
  readonly before: number;
  readonly partitions: readonly string[];
}

type PartitionedTable = 'telemetry' | 'alerts';

/** Telemetry may be as old as its sensor; alerts begin when we do. */
const FIRST_YEAR_OF_TELEMETRY = 2000;
/** An ALTER that waits behind a long query makes everything else wait behind itself: give up and come back. */
const WAIT_SECONDS = 5;
/** Witnesses that are cleared in one statement, so that no transaction grows large. */
const WITNESSES_AT_ONCE = 200;

const partitionRow = z.object({ name: z.string(), bound: z.string() });

async function existingPartitions(database: Queryable, table: PartitionedTable): Promise<Partition[]> {
  const rows = await select(
    database,
    partitionRow,
    `SELECT PARTITION_NAME AS name, PARTITION_DESCRIPTION AS bound FROM information_schema.PARTITIONS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY PARTITION_ORDINAL_POSITION`,
    [table],
  );
  return rows.map(({ name, bound }) => ({ name, before: parseBound(bound) }));
}

/** `'2026-12-01 00:00:00.000'`, with its quotes, or `MAXVALUE`. */
function parseBound(bound: string): number | null {
  return bound === 'MAXVALUE' ? null : Date.parse(`${bound.replaceAll("'", '').replace(' ', 'T')}Z`);
}

/** Names and bounds come from numbers (see `partitions.ts`), so they can stand in the text. */
function definition({ name, before }: Partition): string {
  const bound = before === null ? 'MAXVALUE' : `'${toDatetime(before)}'`;
  return `PARTITION ${name} VALUES LESS THAN (${bound})`;
}

async function applyPlan(database: Queryable, table: PartitionedTable, plan: PartitionPlan): Promise<void> {
  if (plan.add.length > 0) {
    const definitions = [...plan.add, { name: CATCH_ALL, before: null }].map(definition).join(', ');
    await execute(
      database,
      `ALTER TABLE ${table} WAIT ${WAIT_SECONDS} REORGANIZE PARTITION ${CATCH_ALL} INTO (${definitions})`,
    );
  }
  if (plan.drop.length > 0) {
    const names = plan.drop.map(({ name }) => name).join(', ');
    await execute(database, `ALTER TABLE ${table} WAIT ${WAIT_SECONDS} DROP PARTITION ${names}`);
  }
}

/**
 * The witness holds the same readings: it goes with them. It goes first, so that a crash in between leaves readings
 * whose partition is dropped at the next run, and never a witness that nobody would look for again.
 */
async function clearWitnesses(database: Queryable, before: number): Promise<void> {
  let cleared: number;
  do {
    const result = await execute(
      database,
      'UPDATE batches SET messages = NULL WHERE latest < ? AND readings > 0 AND messages IS NOT NULL LIMIT ?',
      [toDatetime(before), WITNESSES_AT_ONCE],
    );
    cleared = result.affectedRows;
  } while (cleared === WITNESSES_AT_ONCE);
}

async function expireTelemetry(
  database: Queryable,
  drop: readonly Partition[],
  onExpire: MaintenanceSettings['onExpire'],
): Promise<void> {
  const last = drop.at(-1)?.before ?? undefined;
  if (last === undefined) return;
  await onExpire?.({ before: last, partitions: drop.map(({ name }) => name) });
  await clearWitnesses(database, last);
}

async function maintain(
  connection: Queryable,
  now: number,
  settings: MaintenanceSettings,
): Promise<PartitionChanges[]> {
  const years = { telemetry: FIRST_YEAR_OF_TELEMETRY, alerts: new Date(now).getUTCFullYear() };
  const changes: PartitionChanges[] = [];
  for (const table of ['telemetry', 'alerts'] as const) {
    const existing = await existingPartitions(connection, table);
    const plan = planPartitions(existing, now, { ...settings, firstYear: years[table] });
    if (table === 'telemetry') await expireTelemetry(connection, plan.drop, settings.onExpire);
    await applyPlan(connection, table, plan);
    changes.push({
      table,
      added: plan.add.map(({ name }) => name),
      dropped: plan.drop.map(({ name }) => name),
    });
  }
  return changes;
}

/**
 * Makes partitions ahead and drops those that the retention has passed, as `biot_maintenance` (or the owner). One
 * process at a time does it; for the others it is done.
 *
 * @param now milliseconds since the Unix epoch
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function maintainPartitions(
  pool: Pool,
  now: number,
  settings: MaintenanceSettings,
): Promise<PartitionChanges[]> {
  const changes = await withConnection(pool, (connection) =>
    withNamedLock(connection, { name: 'partitions', seconds: 0 }, () => maintain(connection, now, settings)),
  );
  return changes ?? [];
}
