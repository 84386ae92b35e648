import { BiotError } from '../../chaincode/protocol/errors.ts';
import { afterStep, type AlertState, type Step } from '../../chaincode/protocol/alerts/life-cycle.ts';
import type { Severity } from '../../chaincode/protocol/alerts/severity.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { toDatetime, toNullableDatetime } from '../columns.ts';
import { alertOf, type StoredAlert } from '../queries/alerts.ts';
import { execute, type Queryable } from '../query.ts';

/** An alert that begins, and may end. Instants are milliseconds since the Unix epoch. */
export interface RaisedAlert {
  readonly device: string | null;
  readonly tenant: string;
  /** Null where the platform itself has noticed it. */
  readonly rule: { readonly id: string; readonly version: number } | null;
  readonly type: string;
  readonly severity: Severity;
  readonly value: number | null;
  /** Of what raised it. */
  readonly at: number;
  readonly escalation: { readonly at: number; readonly to: Severity } | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

/** @returns its id @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function raiseAlert(transaction: Queryable, alert: RaisedAlert): Promise<bigint> {
  const { insertId } = await execute(
    transaction,
    `INSERT INTO alerts (device_id, tenant, type, severity, value, details, created_at, rule_id, rule_version,
       last_value, last_at, escalate_at, escalate_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      alert.device,
      alert.tenant,
      alert.type,
      alert.severity,
      alert.value,
      JSON.stringify(alert.details),
      toDatetime(alert.createdAt),
      alert.rule?.id ?? null,
      alert.rule?.version ?? null,
      alert.value,
      toDatetime(alert.at),
      toNullableDatetime(alert.escalation?.at ?? null),
      alert.escalation?.to ?? null,
    ],
  );
  return insertId;
}

/** Its rule was met again. @returns whether it is still active @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function countAlert(
  transaction: Queryable,
  id: bigint,
  { times, value, at }: { times: number; value: number | null; at: number },
): Promise<boolean> {
  const { affectedRows } = await execute(
    transaction,
    `UPDATE alerts SET times = times + ?, last_value = ?, last_at = ? WHERE alert_id = ? AND cleared_at IS NULL`,
    [times, value, toDatetime(at), id],
  );
  return affectedRows > 0;
}

export interface TakenStep {
  readonly id: bigint;
  /** Whose alerts the author may know of. */
  readonly tenants: Tenants;
  readonly step: Step;
  readonly author: string;
  readonly now: number;
  /** What the author said. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Takes a step in an alert's life, and writes who did and when. The row is locked first, so of two who try the same one
 * does it.
 *
 * @returns the alert as it is then
 * @throws BiotError NOT_FOUND, TRANSITION_ILLEGAL, INVALID_ARGUMENT, DATABASE_UNAVAILABLE or INTERNAL
 */
export async function takeStep(
  transaction: Queryable,
  { id, tenants, step, author, now, details }: TakenStep,
): Promise<StoredAlert> {
  const alert = await alertOf(transaction, { id, tenants }, { locked: true });
  if (alert === undefined) throw new BiotError('NOT_FOUND', `there is no alert ${id}`);
  const state = afterStep(alert, step, now);
  if (state !== alert) await writeState(transaction, id, state, step);
  await execute(
    transaction,
    'INSERT INTO alert_events (alert_id, step, author, details, created_at) VALUES (?, ?, ?, ?, ?)',
    [id, step.kind, author, JSON.stringify(details), toDatetime(now)],
  );
  return { ...alert, ...state };
}

function writeState(transaction: Queryable, id: bigint, state: AlertState, { kind }: Step): Promise<unknown> {
  // It escalates once, and no more when somebody has seen it or it is over.
  const escalates = kind === 'assign' || kind === 'snooze';
  return execute(
    transaction,
    `UPDATE alerts SET severity = ?, cleared_at = ?, acknowledged_at = ?, assignee = ?, snoozed_until = ?
       ${escalates ? '' : ', escalate_at = NULL'} WHERE alert_id = ?`,
    [
      state.severity,
      toNullableDatetime(state.clearedAt),
      toNullableDatetime(state.acknowledgedAt),
      state.assignee,
      toNullableDatetime(state.snoozedUntil),
      id,
    ],
  );
}
