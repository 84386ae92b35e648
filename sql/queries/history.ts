import { z } from 'zod';

import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { bigintColumn, instantColumn, toDatetime } from '../columns.ts';
import { allOf, type Condition } from '../conditions.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

export interface HistoryQuery {
  readonly device: string;
  readonly tenants: Tenants;
  /** Undefined for all of them. */
  readonly sensors: readonly string[] | undefined;
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** The last reading of the page before. */
  readonly after?: { readonly ts: number; readonly id: bigint } | undefined;
  readonly limit: number;
}

/** A reading as it was. */
export interface PastReading {
  readonly id: bigint;
  readonly ts: number;
  readonly sensor: string;
  readonly value: number;
}

function conditionOf({ device, tenants, sensors, from, to, after }: HistoryQuery): Condition {
  return allOf([
    ['device_id = ?', device],
    ofTenants('tenant', tenants),
    ['timestamp >= ? AND timestamp < ?', toDatetime(after?.ts ?? from), toDatetime(to)],
    sensors === undefined ? ['TRUE'] : [`sensor_type IN ${placeholders(sensors.length)}`, ...sensors],
    after === undefined ? ['TRUE'] : ['(timestamp > ? OR telemetry_id > ?)', toDatetime(after.ts), after.id],
  ]);
}

/** A page of a device's readings, the oldest first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function pastReadings(database: Queryable, query: HistoryQuery): Promise<PastReading[]> {
  const [condition, ...values] = conditionOf(query);
  return select(
    database,
    z.object({ id: bigintColumn, ts: instantColumn, sensor: z.string(), value: z.number() }),
    `SELECT telemetry_id AS id, timestamp AS ts, sensor_type AS sensor, value FROM telemetry
     WHERE ${condition} ORDER BY timestamp, telemetry_id LIMIT ?`,
    [...values, query.limit],
  );
}
