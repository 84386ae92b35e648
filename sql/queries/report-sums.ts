/** What a report says of a period, summed up by the database: as many rows come back as are asked for, whatever there is. */
import { SqlError } from 'mariadb';
import { z } from 'zod';

import { commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import { severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** Whose, from the first instant up to but without the second; milliseconds since the Unix epoch. */
export interface ReportPeriod {
  readonly tenants: Tenants;
  readonly from: number;
  readonly to: number;
}

/** Seconds: a sum that takes longer is broken off by the server. */
const MOST_SECONDS = 120;

export function summed(sql: string): string {
  return `SET STATEMENT max_statement_time = ${MOST_SECONDS} FOR ${sql}`;
}

/** https://mariadb.com/kb/en/mariadb-error-codes/ */
const STATEMENT_TIMEOUT = 1969;

/** Whether it was such a sum that took longer. */
export function wasBrokenOff(error: unknown): boolean {
  return (
    error instanceof BiotError && error.cause instanceof SqlError && error.cause.errno === STATEMENT_TIMEOUT
  );
}

export function within(
  column: string,
  { tenants, from, to }: ReportPeriod,
): { sql: string; values: unknown[] } {
  const [condition, ...values] = ofTenants('tenant', tenants);
  return {
    sql: `${column} >= ? AND ${column} < ? AND ${condition}`,
    values: [toDatetime(from), toDatetime(to), ...values],
  };
}

const countsRow = { done: integerColumn, refused: integerColumn, failed: integerColumn };
/** An entry that counts refusals stands for all of them. */
const COUNTS = `SUM(outcome = 'done') AS done, SUM(IF(outcome = 'refused', times, 0)) AS refused,
  SUM(outcome = 'failed') AS failed`;

/** Without a look at the rows, whichever index has fewer of them: that is what takes long. */
const TRAIL = 'audit_logs FORCE INDEX (audit_logs_for_reports)';

const deedRow = z.object({
  actor: z.string(),
  org: z.string().nullable(),
  action: z.string(),
  last: instantColumn,
  ...countsRow,
});
export type SummedDeed = z.output<typeof deedRow>;

/** Who did what how often, the most often first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function deedsIn(
  database: Queryable,
  period: ReportPeriod,
  { action, limit }: { action?: string; limit: number },
): Promise<SummedDeed[]> {
  const { sql, values } = within('created_at', period);
  return select(
    database,
    deedRow,
    summed(`SELECT actor, org, action, MAX(created_at) AS last, ${COUNTS} FROM ${TRAIL}
      WHERE ${sql} ${action === undefined ? '' : 'AND action = ?'}
      GROUP BY actor, org, action ORDER BY COUNT(*) DESC, actor, action LIMIT ?`),
    [...values, ...(action === undefined ? [] : [action]), limit],
  );
}

const outcomeRow = z.object({
  action: z.string(),
  code: z.string().nullable(),
  last: instantColumn,
  ...countsRow,
});
export type SummedOutcome = z.output<typeof outcomeRow>;

/** What came of each kind of thing that was done, by code: as many rows as there are actions and codes. @throws as above */
export function outcomesIn(
  database: Queryable,
  period: ReportPeriod,
  limit: number,
): Promise<SummedOutcome[]> {
  const { sql, values } = within('created_at', period);
  return select(
    database,
    outcomeRow,
    summed(`SELECT action, code, MAX(created_at) AS last, ${COUNTS} FROM ${TRAIL} WHERE ${sql}
      GROUP BY action, code ORDER BY action, code LIMIT ?`),
    [...values, limit],
  );
}

const commandRow = z.object({ state: commandStateSchema, number: integerColumn });

/** Commands that were issued in the period, one for each device, by their state now. @throws BiotError as above */
export function commandsIn(
  database: Queryable,
  period: ReportPeriod,
): Promise<z.output<typeof commandRow>[]> {
  const { sql, values } = within('issued_at', period);
  return select(
    database,
    commandRow,
    summed(
      `SELECT state, COUNT(*) AS number FROM device_commands WHERE ${sql} GROUP BY state ORDER BY state`,
    ),
    values,
  );
}

const alertRow = z.object({
  severity: severitySchema,
  number: integerColumn,
  acknowledged: integerColumn,
  cleared: integerColumn,
  meanMs: integerColumn.nullable(),
  longestMs: integerColumn.nullable(),
});
export type SummedAlerts = z.output<typeof alertRow>;

/** Alerts that began in the period, and how long it took until somebody acknowledged them. @throws BiotError as above */
export function alertsIn(database: Queryable, period: ReportPeriod): Promise<SummedAlerts[]> {
  const { sql, values } = within('created_at', period);
  return select(
    database,
    alertRow,
    summed(`SELECT severity, COUNT(*) AS number, COUNT(acknowledged_at) AS acknowledged, COUNT(cleared_at) AS cleared,
        ROUND(AVG(waited)) AS meanMs, ROUND(MAX(waited)) AS longestMs
      FROM (SELECT severity, acknowledged_at, cleared_at,
          TIMESTAMPDIFF(MICROSECOND, created_at, acknowledged_at) DIV 1000 AS waited FROM alerts WHERE ${sql}) a
      GROUP BY severity ORDER BY severity`),
    values,
  );
}

/** Which of these transactions an entry of the audit trail names. @throws BiotError as above */
export async function toldTransactions(
  database: Queryable,
  transactions: readonly string[],
): Promise<Set<string>> {
  if (transactions.length === 0) return new Set();
  const rows = await select(
    database,
    z.object({ transaction: z.string() }),
    summed(`SELECT DISTINCT blockchain_hash AS transaction FROM audit_logs
      WHERE blockchain_hash IN ${placeholders(transactions.length)}`),
    transactions,
  );
  return new Set(rows.map(({ transaction }) => transaction));
}
