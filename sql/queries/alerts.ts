import { z } from 'zod';

import type { AlertState } from '../../chaincode/protocol/alerts/life-cycle.ts';
import { type Severity, severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { bigintColumn, instantColumn, integerColumn, jsonColumn, toDatetime } from '../columns.ts';
import { allOf, asked, type Condition } from '../conditions.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** A row of `alerts`. Instants are milliseconds since the Unix epoch. */
export interface StoredAlert extends AlertState {
  readonly id: bigint;
  readonly device: string | null;
  readonly tenant: string | null;
  /** The kind of its rule's condition, or what the platform itself noticed. */
  readonly type: string;
  readonly rule: { readonly id: string; readonly version: number } | null;
  readonly value: number | null;
  readonly lastValue: number | null;
  readonly lastAt: number;
  /** How often its rule was met while it was active. */
  readonly times: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

export interface AlertQuery {
  readonly tenants: Tenants;
  readonly device?: string | undefined;
  readonly rule?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly assignee?: string | undefined;
  readonly active?: boolean | undefined;
  readonly acknowledged?: boolean | undefined;
  /** The last alert of the page before. */
  readonly before?: bigint | undefined;
  readonly limit: number;
}

const COLUMNS = `alert_id, device_id, tenant, type, severity, rule_id, rule_version, value, last_value,
  COALESCE(last_at, created_at) AS last_at, times, details, created_at, cleared_at, acknowledged_at, assignee,
  snoozed_until`;

const alertRow = z
  .object({
    alert_id: bigintColumn,
    device_id: z.string().nullable(),
    tenant: z.string().nullable(),
    type: z.string(),
    severity: severitySchema,
    rule_id: z.string().nullable(),
    rule_version: integerColumn.nullable(),
    value: z.number().nullable(),
    last_value: z.number().nullable(),
    last_at: instantColumn,
    times: integerColumn,
    details: jsonColumn.pipe(z.record(z.string(), z.unknown())),
    created_at: instantColumn,
    cleared_at: instantColumn.nullable(),
    acknowledged_at: instantColumn.nullable(),
    assignee: z.string().nullable(),
    snoozed_until: instantColumn.nullable(),
  })
  .transform((row): StoredAlert => ({
    id: row.alert_id,
    device: row.device_id,
    tenant: row.tenant,
    type: row.type,
    severity: row.severity,
    rule:
      row.rule_id === null || row.rule_version === null
        ? null
        : { id: row.rule_id, version: row.rule_version },
    value: row.value,
    lastValue: row.last_value ?? row.value,
    lastAt: row.last_at,
    times: row.times,
    details: row.details,
    createdAt: row.created_at,
    clearedAt: row.cleared_at,
    acknowledgedAt: row.acknowledged_at,
    assignee: row.assignee,
    snoozedUntil: row.snoozed_until,
  }));

function isSet(column: string, set: boolean | undefined): Condition {
  return set === undefined ? ['TRUE'] : [`${column} IS ${set ? 'NOT NULL' : 'NULL'}`];
}

/** Newest first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function alertPage(database: Queryable, query: AlertQuery): Promise<StoredAlert[]> {
  const [condition, ...values] = allOf([
    ofTenants('tenant', query.tenants),
    asked('device_id = ?', query.device),
    asked('rule_id = ?', query.rule),
    asked('severity = ?', query.severity),
    asked('assignee = ?', query.assignee),
    isSet('cleared_at', query.active === undefined ? undefined : !query.active),
    isSet('acknowledged_at', query.acknowledged),
    asked('alert_id < ?', query.before),
  ]);
  return select(
    database,
    alertRow,
    `SELECT ${COLUMNS} FROM alerts WHERE ${condition}
     ORDER BY alert_id DESC LIMIT ?`,
    [...values, query.limit],
  );
}

interface Asked {
  readonly id: bigint;
  readonly tenants: Tenants;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function alertOf(
  database: Queryable,
  { id, tenants }: Asked,
  { locked = false } = {},
): Promise<StoredAlert | undefined> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const [row] = await select(
    database,
    alertRow,
    `SELECT ${COLUMNS} FROM alerts WHERE alert_id = ? AND ${condition}${locked ? ' FOR UPDATE' : ''}`,
    [id, ...values],
  );
  return row;
}

/** Those that are there. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function alertsById(database: Queryable, ids: readonly bigint[]): Promise<StoredAlert[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return select(
    database,
    alertRow,
    `SELECT ${COLUMNS} FROM alerts WHERE alert_id IN ${placeholders(ids.length)}`,
    ids,
  );
}

/** What became of an alert, and by whom. */
export interface StoredAlertEvent {
  readonly step: string;
  readonly author: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** Entries of a timeline that are shown; a person makes few. */
const MOST_EVENTS = 1_000;

/** In the order in which it happened. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function alertEvents(database: Queryable, id: bigint): Promise<StoredAlertEvent[]> {
  return select(
    database,
    z.object({
      step: z.string(),
      author: z.string(),
      details: jsonColumn.pipe(z.record(z.string(), z.unknown())),
      at: instantColumn,
    }),
    `SELECT step, author, details, created_at AS at FROM alert_events WHERE alert_id = ? ORDER BY event_id LIMIT ?`,
    [id, MOST_EVENTS],
  );
}

/** An alert that nobody has acknowledged in time. */
export interface DueAlert {
  readonly id: bigint;
  readonly to: Severity;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function alertsToEscalate(database: Queryable, now: number, limit: number): Promise<DueAlert[]> {
  const instant = toDatetime(now);
  return select(
    database,
    z.object({ id: bigintColumn, to: severitySchema }),
    `SELECT alert_id AS id, escalate_to AS \`to\` FROM alerts
     WHERE escalate_at <= ? AND (snoozed_until IS NULL OR snoozed_until <= ?) ORDER BY escalate_at LIMIT ?`,
    [instant, instant, limit],
  );
}

/** What the platform itself has noticed and is not over. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function openAlertsOf(database: Queryable, type: string): Promise<StoredAlert[]> {
  return select(
    database,
    alertRow,
    `SELECT ${COLUMNS} FROM alerts WHERE rule_id IS NULL AND type = ? AND cleared_at IS NULL ORDER BY alert_id`,
    [type],
  );
}
