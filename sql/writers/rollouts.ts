import { z } from 'zod';

import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';
import { type RolloutState, rolloutStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { DEVICE_ID, jsonTable } from '../json-table.ts';
import { chunks, execute, type Queryable, select } from '../query.ts';

const standingRow = z.object({
  id: z.string(),
  state: rolloutStateSchema,
  phase: integerColumn,
  devices: integerColumn,
  startedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  message: z.string().nullable(),
});
/** How far a rollout is. */
export type RolloutStanding = Readonly<z.infer<typeof standingRow>>;

/** Locks a rollout; undefined when it is not there yet. */
export async function lockRollout(transaction: Queryable, id: string): Promise<RolloutStanding | undefined> {
  const rows = await select(
    transaction,
    standingRow,
    `SELECT rollout_id AS id, state, phase, devices, started_at AS startedAt, finished_at AS finishedAt, message
     FROM rollouts WHERE rollout_id = ? FOR UPDATE`,
    [id],
  );
  return rows[0];
}

/** A rollout as a transaction left it, and the block of that. */
export interface RolloutChange {
  readonly rollout: Rollout;
  readonly block: number;
}

/** Writes a rollout as it was left. How far one that is there is stays. */
export async function putRollout(
  transaction: Queryable,
  { rollout, block }: RolloutChange,
  { state, now }: { state: RolloutState; now: number },
): Promise<void> {
  await execute(
    transaction,
    `INSERT INTO rollouts (rollout_id, tenant, type, state, definition, created_at, block, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE definition = VALUES(definition), block = VALUES(block), updated_at = VALUES(updated_at)`,
    [
      ...[rollout.id, rollout.tenant, rollout.type, state, JSON.stringify(rollout)],
      ...[toDatetime(Date.parse(rollout.created.at)), block, toDatetime(now)],
    ],
  );
}

function datetime(instant: number | null): string | null {
  return instant === null ? null : toDatetime(instant);
}

/** Writes how far a rollout is that this transaction has locked. */
export async function putStanding(
  transaction: Queryable,
  { id, state, phase, devices, startedAt, finishedAt, message }: RolloutStanding,
  now: number,
): Promise<void> {
  await execute(
    transaction,
    `UPDATE rollouts SET state = ?, phase = ?, devices = ?, started_at = ?, finished_at = ?, message = ?, updated_at = ?
     WHERE rollout_id = ?`,
    [state, phase, devices, datetime(startedAt), datetime(finishedAt), message, toDatetime(now), id],
  );
}

const DEVICES_AT_ONCE = 10_000;
const PLACE_COLUMNS = { device_id: DEVICE_ID, phase: 'INT' };

/** Makes a row for each device (with its phase) of a rollout that begins. */
export async function addRolloutDevices(
  transaction: Queryable,
  rollout: string,
  { phases, now }: { phases: ReadonlyMap<string, number>; now: number },
): Promise<void> {
  const rows = Array.from(phases, ([device, phase]) => ({ device_id: device, phase }));
  for (const part of chunks(rows, DEVICES_AT_ONCE)) {
    await execute(
      transaction,
      `INSERT INTO rollout_devices (rollout_id, device_id, phase, since, updated_at)
       SELECT ?, device_id, phase, ?, ? FROM ${jsonTable(PLACE_COLUMNS)} made`,
      [rollout, toDatetime(now), toDatetime(now), JSON.stringify(part)],
    );
  }
}

/** Those devices of these phases that wait are to be told now, and have their whole time again. */
export async function openPhases(
  transaction: Queryable,
  { rollout, from, to, now }: { rollout: string; from: number; to: number; now: number },
): Promise<void> {
  await execute(
    transaction,
    `UPDATE rollout_devices SET next_at = ?, deadline = NULL, updated_at = ?
     WHERE rollout_id = ? AND phase BETWEEN ? AND ? AND state = 'waiting'`,
    [toDatetime(now), toDatetime(now), rollout, from, to],
  );
}

/** Those who were not told keep what they have. */
export async function cancelWaiting(transaction: Queryable, rollout: string, now: number): Promise<void> {
  const at = toDatetime(now);
  await execute(
    transaction,
    `UPDATE rollout_devices SET state = 'cancelled', since = ?, next_at = NULL, deadline = NULL, finished_at = ?,
       updated_at = ? WHERE rollout_id = ? AND state = 'waiting'`,
    [at, at, at, rollout],
  );
}
