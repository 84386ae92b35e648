import { z } from 'zod';

import { rolloutSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import type { UpdateCounts } from '../../chaincode/protocol/firmware/rollout-plan.ts';
import {
  type RolloutState,
  rolloutStateSchema,
  type UpdateState,
  updateStateSchema,
} from '../../chaincode/protocol/firmware/rollout-state.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { instantColumn, integerColumn, jsonColumn, toDatetime } from '../columns.ts';
import { allOf, asked, type Condition, olderThan } from '../conditions.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

const rolloutRow = z.object({
  id: z.string(),
  state: rolloutStateSchema,
  /** As the ledger has it. */
  definition: jsonColumn.pipe(rolloutSchema),
  /** The last that is open, from 1; 0 before the first. */
  phase: integerColumn,
  devices: integerColumn,
  createdAt: instantColumn,
  /** When its devices were chosen. */
  startedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  /** Why it stopped. */
  message: z.string().nullable(),
});

/** A rollout with how far its devices are. Instants are milliseconds since the Unix epoch. */
export interface StoredRollout extends z.infer<typeof rolloutRow> {
  /** Devices by their state, of all phases. */
  readonly counts: UpdateCounts;
  /** The same of each phase that has devices. */
  readonly phases: readonly { readonly phase: number; readonly counts: UpdateCounts }[];
}

const COLUMNS = `r.rollout_id AS id, r.state, r.definition, r.phase, r.devices, r.created_at AS createdAt,
  r.started_at AS startedAt, r.finished_at AS finishedAt, r.message`;

/** A place in the list, which is newest first. */
export interface RolloutPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface RolloutQuery {
  readonly tenants: Tenants;
  readonly state?: RolloutState | undefined;
  readonly type?: string | undefined;
  /** The last rollout of the page before. */
  readonly before?: RolloutPosition | undefined;
  readonly limit: number;
}

/**
 * A page of rollouts, newest first.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function rolloutPage(
  database: Queryable,
  { tenants, state, type, before, limit }: RolloutQuery,
): Promise<StoredRollout[]> {
  const last = before && { at: before.createdAt, id: before.id };
  const [condition, ...values] = allOf([
    ofTenants('r.tenant', tenants),
    asked('r.state = ?', state),
    asked('r.type = ?', type),
    olderThan(last, { at: 'r.created_at', id: 'r.rollout_id' }),
  ]);
  return storedRollouts(database, [
    `${condition} ORDER BY r.created_at DESC, r.rollout_id DESC LIMIT ?`,
    ...values,
    limit,
  ]);
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function rolloutById(
  database: Queryable,
  { id, tenants }: { id: string; tenants: Tenants },
): Promise<StoredRollout | undefined> {
  const [condition, ...values] = ofTenants('r.tenant', tenants);
  return (await storedRollouts(database, [`r.rollout_id = ? AND ${condition}`, id, ...values]))[0];
}

/** Those that begin and go on by themselves. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function rolloutsUnderWay(database: Queryable): Promise<StoredRollout[]> {
  return storedRollouts(database, ["r.state IN ('scheduled', 'running')"]);
}

async function storedRollouts(database: Queryable, [where, ...values]: Condition): Promise<StoredRollout[]> {
  const rows = await select(database, rolloutRow, `SELECT ${COLUMNS} FROM rollouts r WHERE ${where}`, values);
  if (rows.length === 0) return [];
  const counts = await select(
    database,
    z.object({ id: z.string(), phase: integerColumn, state: updateStateSchema, number: integerColumn }),
    `SELECT rollout_id AS id, phase, state, COUNT(*) AS number FROM rollout_devices
     WHERE rollout_id IN ${placeholders(rows.length)} GROUP BY rollout_id, phase, state`,
    rows.map(({ id }) => id),
  );
  const byRollout = Map.groupBy(counts, ({ id }) => id);
  return rows.map((row) => {
    const own = byRollout.get(row.id) ?? [];
    const phases = [...Map.groupBy(own, ({ phase }) => phase)].map(([phase, part]) => ({
      phase,
      counts: sumOf(part),
    }));
    return { ...row, counts: sumOf(own), phases };
  });
}

function sumOf(counts: readonly { state: UpdateState; number: number }[]): UpdateCounts {
  const sums: Partial<Record<UpdateState, number>> = {};
  for (const { state, number } of counts) sums[state] = (sums[state] ?? 0) + number;
  return sums;
}

const deviceRow = z.object({
  device: z.string(),
  phase: integerColumn,
  state: updateStateSchema,
  /** When it came into this state. */
  since: instantColumn,
  /** Times that the notice was handed to the broker. */
  attempts: integerColumn,
  notifiedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  /** When it leaves its state by itself; null while nobody has tried to tell it, and when it is over. */
  deadline: instantColumn.nullable(),
  message: z.string().nullable(),
  updatedAt: instantColumn,
});
/** A device in a rollout. */
export type StoredRolloutDevice = z.infer<typeof deviceRow>;

export interface RolloutDeviceQuery {
  readonly rollout: string;
  readonly state?: UpdateState | undefined;
  /** The last device of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * A page of a rollout's devices, in the order of their names.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function rolloutDevicePage(
  database: Queryable,
  { rollout, state, after = '', limit }: RolloutDeviceQuery,
): Promise<StoredRolloutDevice[]> {
  const [ofState, ...values] = asked('state = ?', state);
  return select(
    database,
    deviceRow,
    `SELECT device_id AS device, phase, state, since, attempts, notified_at AS notifiedAt,
       finished_at AS finishedAt, deadline, message, updated_at AS updatedAt
     FROM rollout_devices WHERE rollout_id = ? AND device_id > ? AND ${ofState} ORDER BY device_id LIMIT ?`,
    [rollout, after, ...values, limit],
  );
}

/** Devices of a rollout that were told since. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function notifiedSince(database: Queryable, rollout: string, since: number): Promise<number> {
  const rows = await select(
    database,
    z.object({ number: integerColumn }),
    'SELECT COUNT(*) AS number FROM rollout_devices WHERE rollout_id = ? AND notified_at > ?',
    [rollout, toDatetime(since)],
  );
  return rows[0]?.number ?? 0;
}
