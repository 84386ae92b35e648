/** What a report says of rollouts and notifications in a period, summed up by the database as in `report-sums`. */
import { z } from 'zod';

import { rolloutStateSchema, updateStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';
import { type ReportPeriod, summed, within } from './report-sums.ts';

const countsRow = z.object({
  created: integerColumn,
  started: integerColumn,
  finished: integerColumn,
  stopped: integerColumn,
  cancelled: integerColumn,
});
export type RolloutCounts = z.output<typeof countsRow>;

const during = (column: string): string => `${column} >= ? AND ${column} < ?`;

/**
 * Rollouts to which that happened in the period. All are looked at: people begin them, so there are never many.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function rolloutCountsIn(
  database: Queryable,
  { tenants, from, to }: ReportPeriod,
): Promise<RolloutCounts> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const ended = ['finished', 'stopped', 'cancelled'].map(
    (state) => `COUNT(IF(state = '${state}' AND ${during('finished_at')}, 1, NULL)) AS ${state}`,
  );
  const period = [toDatetime(from), toDatetime(to)];
  const [row] = await select(
    database,
    countsRow,
    summed(`SELECT COUNT(IF(${during('created_at')}, 1, NULL)) AS created,
        COUNT(IF(${during('started_at')}, 1, NULL)) AS started, ${ended.join(', ')}
      FROM rollouts WHERE ${condition}`),
    [...period, ...period, ...period, ...period, ...period, ...values],
  );
  return row ?? { created: 0, started: 0, finished: 0, stopped: 0, cancelled: 0 };
}

const deviceRow = z.object({ state: updateStateSchema, number: integerColumn });

/** Devices of the rollouts that started in the period, by their state now. @throws BiotError as above */
export function rolloutDevicesIn(
  database: Queryable,
  period: ReportPeriod,
): Promise<z.output<typeof deviceRow>[]> {
  const { sql, values } = within('started_at', period);
  return select(
    database,
    deviceRow,
    summed(`SELECT d.state, COUNT(*) AS number
      FROM (SELECT rollout_id FROM rollouts WHERE ${sql}) r JOIN rollout_devices d ON d.rollout_id = r.rollout_id
      GROUP BY d.state ORDER BY d.state`),
    values,
  );
}

const rolloutRow = z.object({
  id: z.string(),
  tenant: z.string(),
  type: z.string(),
  version: z.string().nullable(),
  state: rolloutStateSchema,
  createdBy: z.string().nullable(),
  changedBy: z.string().nullable(),
  createdAt: instantColumn,
  startedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  reason: z.string().nullable(),
  devices: integerColumn,
  succeeded: integerColumn,
  failed: integerColumn,
  rolledBack: integerColumn,
  untold: integerColumn,
});
export type SummedRollout = z.output<typeof rolloutRow>;

/** Those that were created, began or ended in the period, the newest first. @throws BiotError as above */
export function rolloutsIn(
  database: Queryable,
  { tenants, from, to }: ReportPeriod,
  limit: number,
): Promise<SummedRollout[]> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const period = [toDatetime(from), toDatetime(to)];
  const instants = ['created_at', 'started_at', 'finished_at'];
  return select(
    database,
    rolloutRow,
    summed(`SELECT r.rollout_id AS id, r.tenant, r.type, JSON_VALUE(r.definition, '$.version') AS version, r.state,
        JSON_VALUE(r.definition, '$.created.name') AS createdBy, JSON_VALUE(r.definition, '$.changed.name') AS changedBy,
        r.created_at AS createdAt, r.started_at AS startedAt, r.finished_at AS finishedAt, r.message AS reason, r.devices,
        COUNT(IF(d.state = 'succeeded', 1, NULL)) AS succeeded, COUNT(IF(d.state = 'failed', 1, NULL)) AS failed,
        COUNT(IF(d.state = 'rolled back', 1, NULL)) AS rolledBack, COUNT(IF(d.state = 'cancelled', 1, NULL)) AS untold
      FROM (SELECT * FROM rollouts WHERE ${condition} AND (${instants.map((column) => `(${during(column)})`).join(' OR ')})
        ORDER BY created_at DESC, rollout_id DESC LIMIT ?) r
      LEFT JOIN rollout_devices d ON d.rollout_id = r.rollout_id
      GROUP BY r.rollout_id ORDER BY r.created_at DESC, r.rollout_id DESC`),
    [...values, ...period, ...period, ...period, limit],
  );
}

const channelRow = z.object({
  channel: z.string(),
  name: z.string(),
  kind: z.string(),
  tenant: z.string().nullable(),
  delivered: integerColumn,
  failed: integerColumn,
  dead: integerColumn,
});
export type SummedChannel = z.output<typeof channelRow>;

/** The name of the newest hour: what `%Y%m%d%H` gives has 10 characters. */
const NEWEST_NAME = `SUBSTRING(MAX(CONCAT(DATE_FORMAT(hour, '%Y%m%d%H'), name)), 11)`;

/**
 * What became of messages in the hours that began in the period, by channel, under the name that it had last; those of which
 * most became first.
 *
 * @throws BiotError as above
 */
export function notificationsIn(
  database: Queryable,
  period: ReportPeriod,
  limit: number,
): Promise<SummedChannel[]> {
  const { sql, values } = within('hour', period);
  return select(
    database,
    channelRow,
    summed(`SELECT channel_id AS channel, ${NEWEST_NAME} AS name, kind, tenant, SUM(delivered) AS delivered, SUM(failed) AS failed,
        SUM(dead) AS dead
      FROM notification_hours WHERE ${sql} GROUP BY channel_id, kind, tenant
      ORDER BY SUM(delivered + failed + dead) DESC, channel_id LIMIT ?`),
    [...values, limit],
  );
}
