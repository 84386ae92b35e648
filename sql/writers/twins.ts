/** What is wanted of devices and what they say they have. Instants are milliseconds since the Unix epoch. */
import { z } from 'zod';

import { deltaOf, type Desired, type Properties, type Twin } from '../../chaincode/protocol/twin.ts';
import { instantColumn, integerColumn, jsonColumn, toDatetime } from '../columns.ts';
import { execute, type Queryable, select } from '../query.ts';

/** Held to no schema again: one row that a later one refuses would keep all others from being told. */
const propertiesColumn = jsonColumn.pipe(z.record(z.string(), z.unknown()));

const twinRow = z.object({
  device: z.string(),
  tenant: z.string(),
  desired: propertiesColumn,
  desiredVersion: integerColumn,
  desiredAt: instantColumn.nullable(),
  desiredBy: z.string().nullable(),
  reported: propertiesColumn,
  reportedVersion: integerColumn,
  reportedAt: instantColumn.nullable(),
  seenVersion: integerColumn.nullable(),
});
const COLUMNS = `device_id AS device, tenant, desired, desired_version AS desiredVersion, desired_at AS desiredAt,
  desired_by AS desiredBy, reported, reported_version AS reportedVersion, reported_at AS reportedAt,
  seen_version AS seenVersion`;

export interface TwinOwner {
  readonly device: string;
  readonly tenant: string;
}

const NOTHING: Twin = {
  desired: { version: 0, properties: {}, at: null, by: null },
  reported: { version: 0, properties: {}, at: null, desiredVersion: null },
  delta: {},
};

function twinFrom(row: z.infer<typeof twinRow>): Twin {
  const { desired, reported } = row;
  return {
    desired: { version: row.desiredVersion, properties: desired, at: row.desiredAt, by: row.desiredBy },
    reported: {
      ...{ version: row.reportedVersion, properties: reported },
      ...{ at: row.reportedAt, desiredVersion: row.seenVersion },
    },
    delta: deltaOf(desired, reported),
  };
}

/** As `claim` would leave it. */
const LEFT = { desired: {}, desiredAt: null, desiredBy: null, reported: {}, reportedAt: null };

/**
 * What belonged to another tenant is nobody's, but its versions go on: who is to say what is wanted has to name the one
 * that the device knows.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function twinOf(database: Queryable, { device, tenant }: TwinOwner): Promise<Twin> {
  const [row] = await select(database, twinRow, `SELECT ${COLUMNS} FROM twins WHERE device_id = ?`, [device]);
  if (row === undefined) return NOTHING;
  return twinFrom(row.tenant === tenant ? row : { ...row, ...LEFT });
}

export interface DesireChange extends TwinOwner {
  /** What is wanted from then on. What it throws leaves all as it is. */
  readonly next: (now: Desired) => Properties;
  readonly by: string;
  readonly at: number;
}

/** Makes the row the tenant's and locks it. Of whoever had it before nothing is left but the versions. */
async function claim(transaction: Queryable, { device, tenant }: TwinOwner): Promise<void> {
  const unlessSame = (column: string, empty: string): string =>
    `${column} = IF(tenant = VALUES(tenant), ${column}, ${empty})`;
  await execute(
    transaction,
    `INSERT INTO twins (device_id, tenant) VALUES (?, ?) ON DUPLICATE KEY UPDATE
       ${unlessSame('desired', "'{}'")}, ${unlessSame('reported', "'{}'")}, ${unlessSame('desired_by', 'NULL')},
       ${unlessSame('desired_at', 'NULL')}, ${unlessSame('reported_at', 'NULL')}, tenant = VALUES(tenant)`,
    [device, tenant],
  );
}

/**
 * Makes the next version of what is wanted of the one that is wanted now: nobody else changes it in between.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL, or what `next` threw
 */
export async function changeDesired(transaction: Queryable, change: DesireChange): Promise<Twin> {
  const { device, next, by, at } = change;
  // Whoever changes it waits here for the one before; what is read afterwards has his change.
  await claim(transaction, change);
  const { desired } = await twinOf(transaction, change);
  await execute(
    transaction,
    `UPDATE twins SET desired = ?, desired_version = desired_version + 1, desired_at = ?, desired_by = ?, to_send = TRUE
     WHERE device_id = ?`,
    [JSON.stringify(next(desired)), toDatetime(at), by, device],
  );
  return twinOf(transaction, change);
}

export interface Report extends TwinOwner {
  readonly properties: Properties;
  readonly desiredVersion: number | null;
  readonly at: number;
}

/** What is as it was makes no version. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function putReported(transaction: Queryable, report: Report): Promise<void> {
  const { device, properties, desiredVersion, at } = report;
  await claim(transaction, report);
  const text = JSON.stringify(properties);
  await execute(
    transaction,
    `UPDATE twins SET to_send = to_send OR (desired_version > 0 AND reported <> ?),
       reported_version = reported_version + IF(reported <> ? OR reported_at IS NULL, 1, 0), reported = ?, reported_at = ?,
       seen_version = COALESCE(?, seen_version) WHERE device_id = ?`,
    [text, text, text, toDatetime(at), desiredVersion, device],
  );
}

/** A twin whose device has to be told. */
export interface DueTwin extends TwinOwner {
  readonly twin: Twin;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function twinsToSend(database: Queryable, limit: number): Promise<DueTwin[]> {
  const rows = await select(
    database,
    twinRow,
    `SELECT ${COLUMNS} FROM twins WHERE to_send = TRUE ORDER BY device_id LIMIT ?`,
    [limit],
  );
  return rows.map((row) => ({ device: row.device, tenant: row.tenant, twin: twinFrom(row) }));
}

/** The broker has it; unless it has changed meanwhile. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function twinSent(database: Queryable, { device, twin }: DueTwin): Promise<void> {
  await execute(
    database,
    'UPDATE twins SET to_send = FALSE WHERE device_id = ? AND desired_version = ? AND reported_version = ?',
    [device, twin.desired.version, twin.reported.version],
  );
}

/** The broker has forgotten what it was told. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function sendAllTwins(database: Queryable): Promise<void> {
  await execute(database, 'UPDATE twins SET to_send = TRUE WHERE desired_version > 0');
}
