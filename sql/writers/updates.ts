/** What the engine of rollouts does with `rollout_devices`: any number of devices in one statement. */
import { z } from 'zod';

import { type RolloutTimeouts, rolloutTimeoutsSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { type UpdateState, updateStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { instantColumn, integerColumn, jsonColumn, toDatetime } from '../columns.ts';
import { hastening } from './hasten.ts';
import { COMMAND_ID, DEVICE_ID, INSTANT, jsonTable, STATE } from '../json-table.ts';
import { execute, type Queryable, select } from '../query.ts';

/** A device in a rollout. Instants are milliseconds since the Unix epoch. */
export interface Update {
  readonly rollout: string;
  readonly device: string;
  readonly state: UpdateState;
  readonly since: number;
  /** Times that the notice was handed to the broker. */
  readonly attempts: number;
  readonly nextAt: number | null;
  readonly notifiedAt: number | null;
  readonly finishedAt: number | null;
  readonly deadline: number | null;
  readonly message: string | null;
  /** These of the rollout. */
  readonly tenant: string;
  readonly timeouts: RolloutTimeouts;
}
export type UpdateKey = Pick<Update, 'rollout' | 'device'>;

const updateRow: z.ZodType<Update> = z.object({
  rollout: z.string(),
  device: z.string(),
  state: updateStateSchema,
  since: instantColumn,
  attempts: integerColumn,
  nextAt: instantColumn.nullable(),
  notifiedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  deadline: instantColumn.nullable(),
  message: z.string().nullable(),
  tenant: z.string(),
  timeouts: jsonColumn.pipe(rolloutTimeoutsSchema),
});

const COLUMNS = `d.rollout_id AS rollout, d.device_id AS device, d.state, d.since, d.attempts, d.next_at AS nextAt,
  d.notified_at AS notifiedAt, d.finished_at AS finishedAt, d.deadline, d.message, r.tenant,
  JSON_EXTRACT(r.definition, '$.timeouts') AS timeouts`;
const TABLES = 'rollout_devices d STRAIGHT_JOIN rollouts r ON r.rollout_id = d.rollout_id';

const KEY_COLUMNS = { rollout_id: COMMAND_ID, device_id: DEVICE_ID };

/** Locks these, in the order in which everybody locks them. Those that are not there are left out. */
export function lockUpdates(transaction: Queryable, keys: readonly UpdateKey[]): Promise<Update[]> {
  return select(
    transaction,
    updateRow,
    `SELECT ${COLUMNS} FROM ${jsonTable(KEY_COLUMNS)} wanted
     STRAIGHT_JOIN rollout_devices d ON d.rollout_id = wanted.rollout_id AND d.device_id = wanted.device_id
     STRAIGHT_JOIN rollouts r ON r.rollout_id = d.rollout_id
     ORDER BY d.rollout_id, d.device_id FOR UPDATE`,
    [JSON.stringify(keys.map(({ rollout, device }) => ({ rollout_id: rollout, device_id: device })))],
  );
}

/** Locks those of a rollout that are to be told now: in this state, the ones that wait longest first. */
export function lockUpdatesDue(
  transaction: Queryable,
  { rollout, state, now, limit }: { rollout: string; state: UpdateState; now: number; limit: number },
): Promise<Update[]> {
  return select(
    transaction,
    updateRow,
    `SELECT ${COLUMNS} FROM ${TABLES}
     WHERE d.rollout_id = ? AND d.next_at <= ? AND d.state = ? ORDER BY d.next_at, d.device_id LIMIT ? FOR UPDATE`,
    [rollout, toDatetime(now), state, limit],
  );
}

/** Locks those whose time is over in the state that they are in. Nobody's time runs out who waits for people. */
export function lockUpdatesOverdue(
  transaction: Queryable,
  { now, limit }: { now: number; limit: number },
): Promise<Update[]> {
  return select(
    transaction,
    updateRow,
    `SELECT ${COLUMNS} FROM ${TABLES}
     WHERE d.deadline <= ? AND (d.state <> 'waiting' OR r.state = 'running') LIMIT ? FOR UPDATE`,
    [toDatetime(now), limit],
  );
}

const CHANGED_COLUMNS = {
  ...KEY_COLUMNS,
  phase: 'INT',
  state: STATE,
  since: INSTANT,
  attempts: 'INT',
  next_at: INSTANT,
  notified_at: INSTANT,
  finished_at: INSTANT,
  deadline: INSTANT,
  message: 'VARCHAR(500)',
};
const KEPT: readonly string[] = ['rollout_id', 'device_id', 'phase'];

function datetime(instant: number | null): string | null {
  return instant === null ? null : toDatetime(instant);
}

function rowOf(update: Update): Record<keyof typeof CHANGED_COLUMNS, unknown> {
  return {
    rollout_id: update.rollout,
    device_id: update.device,
    // The row is there: its phase stays.
    phase: 0,
    state: update.state,
    since: toDatetime(update.since),
    attempts: update.attempts,
    next_at: datetime(update.nextAt),
    notified_at: datetime(update.notifiedAt),
    finished_at: datetime(update.finishedAt),
    deadline: datetime(update.deadline),
    message: update.message,
  };
}

/** Writes updates that this transaction has locked. */
export async function putUpdates(
  transaction: Queryable,
  updates: readonly Update[],
  now: number,
): Promise<void> {
  if (updates.length === 0) return;
  const columns = Object.keys(CHANGED_COLUMNS);
  const changing = [...columns.filter((column) => !KEPT.includes(column)), 'updated_at'];
  await execute(
    transaction,
    `INSERT INTO rollout_devices (${columns.join(', ')}, updated_at)
     SELECT ${columns.join(', ')}, ? FROM ${jsonTable(CHANGED_COLUMNS)} changed
     ON DUPLICATE KEY UPDATE ${changing.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
    [toDatetime(now), JSON.stringify(updates.map(rowOf))],
  );
}

/** These devices were heard of: whoever waits for them tells them now. */
export const hastenUpdates = hastening('rollout_devices', ['waiting']);
