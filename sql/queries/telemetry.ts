import { z } from 'zod';

import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { bigintColumn, instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { ANCHOR_STATES, type AnchorState } from '../models/blockchain-transaction.ts';
import { allOf, asked, type Condition, olderThan } from '../conditions.ts';
import { type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** A row of `telemetry`. Instants are milliseconds since the Unix epoch. */
export interface StoredReading {
  readonly id: bigint;
  readonly device: string;
  readonly tenant: string;
  readonly epoch: number;
  readonly seq: number;
  readonly sensor: string;
  readonly value: number;
  readonly ts: number;
}

export interface AnchoredReading extends StoredReading {
  /** Null when the row belongs to no batch: somebody put it there by hand. */
  readonly anchor: { readonly logId: string; readonly sequence: number; readonly state: AnchorState } | null;
}

/** A place in a device's readings, which are listed newest first. */
export interface ReadingPosition {
  readonly ts: number;
  readonly id: bigint;
}

export interface ReadingQuery {
  readonly device: string;
  /** Whose rows: a device may have been another tenant's once. */
  readonly tenants: Tenants;
  readonly sensor?: string | undefined;
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
  /** The last reading of the page before. */
  readonly before?: ReadingPosition | undefined;
  readonly limit: number;
}

const COLUMNS = `telemetry_id AS id, device_id AS device, tenant, epoch, seq, sensor_type AS sensor, value,
  timestamp AS ts`;

const readingShape = {
  id: bigintColumn,
  device: z.string(),
  tenant: z.string(),
  epoch: integerColumn,
  seq: integerColumn,
  sensor: z.string(),
  value: z.number(),
  ts: instantColumn,
};
const readingRow = z.object(readingShape);

const anchoredRow = z
  .object({
    ...readingShape,
    log_id: z.string().nullable(),
    sequence: integerColumn.nullable(),
    status: z.enum(ANCHOR_STATES).nullable(),
  })
  .transform(({ log_id: logId, sequence, status: state, ...reading }): AnchoredReading => {
    const anchor = logId === null || sequence === null || state === null ? null : { logId, sequence, state };
    return { ...reading, anchor };
  });

function conditionOf({ device, tenants, sensor, from, to, before }: ReadingQuery): Condition {
  return allOf([
    ['device_id = ?', device],
    ofTenants('tenant', tenants),
    asked('sensor_type = ?', sensor),
    asked('timestamp >= ?', from === undefined ? from : toDatetime(from)),
    asked('timestamp < ?', to === undefined ? to : toDatetime(to)),
    olderThan(before && { at: before.ts, id: before.id }, { at: 'timestamp', id: 'telemetry_id' }),
  ]);
}

/**
 * Told, for the optimizer often reads all that is newer than the page when it chooses by itself: it takes the index for the
 * device alone, and a page would cost the more the deeper it lies.
 */
const BY_DEVICE = 'telemetry FORCE INDEX (telemetry_by_device)';

/**
 * A page of a device's readings, newest first, each with the state of its batch.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function readingPage(database: Queryable, query: ReadingQuery): Promise<AnchoredReading[]> {
  const [condition, ...values] = conditionOf(query);
  return select(
    database,
    anchoredRow,
    `SELECT page.*, t.log_id, t.sequence, t.status
     FROM (SELECT ${COLUMNS} FROM ${BY_DEVICE} WHERE ${condition}
           ORDER BY timestamp DESC, telemetry_id DESC LIMIT ?) page
     LEFT JOIN blockchain_tx t ON t.batch_id = page.id >> 20
     ORDER BY page.ts DESC, page.id DESC`,
    [...values, query.limit],
  );
}

/**
 * The rows with ids from `from` up to but without `to`, in the order of their ids: a message or a batch.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function readingsById(database: Queryable, from: bigint, to: bigint): Promise<StoredReading[]> {
  return select(
    database,
    readingRow,
    `SELECT ${COLUMNS} FROM telemetry WHERE telemetry_id >= ? AND telemetry_id < ?
     ORDER BY telemetry_id, timestamp`,
    [from, to],
  );
}

/** A sensor's newest value. */
export interface LatestValue {
  readonly sensor: string;
  readonly ts: number;
  readonly value: number;
}

/** A device's readings among which its sensors' latest values are looked for. */
const LATEST_AMONG = 2_000;

/**
 * The newest value of each sensor, ordered by name. Looks at the device's newest 2,000 readings only, so that a page
 * costs the same after years: a sensor that fell silent long before the others is left out.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function latestValues(
  database: Queryable,
  { device, tenants }: Pick<ReadingQuery, 'device' | 'tenants'>,
): Promise<LatestValue[]> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const rows = await select(
    database,
    z.object({ sensor: z.string(), ts: instantColumn, value: z.number() }),
    `SELECT sensor_type AS sensor, timestamp AS ts, value FROM telemetry
     WHERE device_id = ? AND ${condition}
     ORDER BY timestamp DESC, telemetry_id DESC LIMIT ?`,
    [device, ...values, LATEST_AMONG],
  );
  const latest = new Map(rows.reverse().map((row) => [row.sensor, row]));
  return [...latest.values()].sort((left, right) => (left.sensor < right.sensor ? -1 : 1));
}

/**
 * Instants of a sensor's first and last reading; undefined when there is none.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function sensorSpan(
  database: Queryable,
  { device, sensor, tenants }: { device: string; sensor: string; tenants: Tenants },
): Promise<{ from: number; to: number } | undefined> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const edge = async (order: 'ASC' | 'DESC'): Promise<number | undefined> => {
    const [row] = await select(
      database,
      z.object({ ts: instantColumn }),
      `SELECT timestamp AS ts FROM telemetry WHERE device_id = ? AND sensor_type = ? AND ${condition}
       ORDER BY timestamp ${order} LIMIT 1`,
      [device, sensor, ...values],
    );
    return row?.ts;
  };
  const [from, to] = await Promise.all([edge('ASC'), edge('DESC')]);
  return from === undefined || to === undefined ? undefined : { from, to };
}
