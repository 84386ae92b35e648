/** What rules remember of devices, so that a restart goes on where it was. */
import { z } from 'zod';

import { type RuleState, ruleStateSchema } from '../../chaincode/protocol/alerts/evaluation.ts';
import { bigintColumn, integerColumn, jsonColumn } from '../columns.ts';
import { chunks, execute, placeholders, type Queryable, select } from '../query.ts';

export interface StoredRuleState {
  readonly rule: string;
  readonly device: string;
  /** The version that remembers. */
  readonly version: number;
  /** The alert that is active; null when there is none. */
  readonly alert: bigint | null;
  readonly state: RuleState;
}

const STATES_AT_ONCE = 300;

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function ruleStates(database: Queryable): Promise<StoredRuleState[]> {
  return select(
    database,
    z.object({
      rule: z.string(),
      device: z.string(),
      version: integerColumn,
      alert: bigintColumn.nullable(),
      state: jsonColumn.pipe(ruleStateSchema),
    }),
    'SELECT rule_id AS rule, device_id AS device, rule_version AS version, alert_id AS alert, state FROM alert_states',
  );
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function putRuleStates(database: Queryable, states: readonly StoredRuleState[]): Promise<void> {
  for (const part of chunks(states, STATES_AT_ONCE))
    await execute(
      database,
      `INSERT INTO alert_states (rule_id, device_id, rule_version, alert_id, state)
       VALUES ${part.map(() => placeholders(5)).join(', ')}
       ON DUPLICATE KEY UPDATE rule_version = VALUES(rule_version), alert_id = VALUES(alert_id), state = VALUES(state)`,
      part.flatMap(({ rule, device, version, alert, state }) => [
        ...[rule, device, version, alert],
        JSON.stringify(state),
      ]),
    );
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function forgetRuleStates(
  database: Queryable,
  states: readonly Pick<StoredRuleState, 'rule' | 'device'>[],
): Promise<void> {
  for (const part of chunks(states, STATES_AT_ONCE))
    await execute(
      database,
      `DELETE FROM alert_states WHERE (rule_id, device_id) IN (${part.map(() => placeholders(2)).join(', ')})`,
      part.flatMap(({ rule, device }) => [rule, device]),
    );
}

/**
 * The first batch of a log that rules have not looked at. Where they never did it is the next one: the past raises no
 * alerts.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function alertProgress(database: Queryable, logId: string): Promise<number> {
  const [row] = await select(
    database,
    z.object({ next: integerColumn }),
    `SELECT COALESCE(
       (SELECT next_sequence FROM alert_progress WHERE log_id = ?),
       (SELECT MAX(sequence) + 1 FROM batches WHERE log_id = ?), 0) AS next`,
    [logId, logId],
  );
  return row?.next ?? 0;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function putAlertProgress(database: Queryable, logId: string, next: number): Promise<void> {
  await execute(
    database,
    `INSERT INTO alert_progress (log_id, next_sequence) VALUES (?, ?)
     ON DUPLICATE KEY UPDATE next_sequence = VALUES(next_sequence)`,
    [logId, next],
  );
}
