import { z } from 'zod';

import { LEDGER_COMMAND_STATES } from '../../chaincode/protocol/command/command.ts';
import { type CommandState, commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { bigintColumn, instantColumn, integerColumn, toDatetime } from '../columns.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { type Condition, ofTenants } from '../tenants.ts';

const jsonColumn = z
  .union([z.json(), z.undefined()])
  .transform((value) => value ?? null)
  .describe('the connector parses columns of the type JSON');

const commandRow = z.object({
  id: z.string(),
  tenant: z.string(),
  type: z.string(),
  name: z.string(),
  org: z.string(),
  group: z.string().nullable(),
  parameters: z.record(z.string(), z.json()),
  /** As the ledger has it; what its devices have done is in the counts. */
  state: z.enum(LEDGER_COMMAND_STATES),
  devices: integerColumn,
  version: integerColumn,
  lifetimeSeconds: integerColumn,
  timeoutSeconds: integerColumn,
  issuedBy: z.string(),
  issuedAt: instantColumn,
  decidedBy: z.string().nullable(),
  decidedAt: instantColumn.nullable(),
  cancelledBy: z.string().nullable(),
  cancelledAt: instantColumn.nullable(),
  reason: z.string().nullable(),
  expiresAt: instantColumn,
  transaction: z.string(),
  block: integerColumn,
});

/** Devices of a command by their state; states without any are left out. */
export type StateCounts = Readonly<Partial<Record<CommandState, number>>>;

/** A command as the ledger's projection has it. Instants are milliseconds since the Unix epoch. */
export interface StoredCommand extends z.infer<typeof commandRow> {
  readonly counts: StateCounts;
}

const COLUMNS = `c.command_id AS id, c.tenant, c.type, c.name, c.org, c.group_name AS \`group\`, c.parameters, c.state,
  c.devices, c.version, c.lifetime_seconds AS lifetimeSeconds, c.timeout_seconds AS timeoutSeconds,
  c.issued_by AS issuedBy, c.issued_at AS issuedAt, c.decided_by AS decidedBy, c.decided_at AS decidedAt,
  c.cancelled_by AS cancelledBy, c.cancelled_at AS cancelledAt, c.reason, c.expires_at AS expiresAt, c.transaction,
  c.block`;

/** A place in the list, which is newest first. */
export interface CommandPosition {
  readonly issuedAt: number;
  readonly id: string;
}

export interface CommandQuery {
  readonly tenants: Tenants;
  /** Commands for this device … */
  readonly device?: string | undefined;
  /** … and in this state, there or at any of their devices. */
  readonly state?: CommandState | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** The last command of the page before. */
  readonly before?: CommandPosition | undefined;
  readonly limit: number;
}

/** Of a row of either table. */
function ofCommand(column: 'name' | 'type'): string {
  return `command_id IN (SELECT command_id FROM commands WHERE ${column} = ?)`;
}

function conditionsOf({ tenants, device, state, name, type, before }: CommandQuery): Condition[] {
  const conditions: Condition[] = [ofTenants('tenant', tenants)];
  if (device !== undefined) conditions.push(['device_id = ?', device]);
  if (state !== undefined) conditions.push(['state = ?', state]);
  if (name !== undefined) conditions.push([ofCommand('name'), name]);
  if (type !== undefined) conditions.push([ofCommand('type'), type]);
  if (before !== undefined) {
    const instant = toDatetime(before.issuedAt);
    conditions.push(['issued_at <= ?', instant], ['(issued_at < ? OR command_id < ?)', instant, before.id]);
  }
  return conditions;
}

/**
 * A page of commands, newest first, each with the number of its devices by state.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function commandPage(database: Queryable, query: CommandQuery): Promise<StoredCommand[]> {
  const conditions = conditionsOf(query);
  const byDevice = query.device !== undefined || query.state !== undefined;
  const rows = await select(
    database,
    commandRow,
    `SELECT ${COLUMNS}
     FROM (SELECT DISTINCT issued_at, command_id FROM ${byDevice ? 'device_commands' : 'commands'}
           WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
           ORDER BY issued_at DESC, command_id DESC LIMIT ?) page
     JOIN commands c ON c.command_id = page.command_id
     ORDER BY page.issued_at DESC, page.command_id DESC`,
    [...conditions.flatMap(([, ...values]) => values), query.limit],
  );
  return withCounts(database, rows);
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function commandById(
  database: Queryable,
  { id, tenants }: { id: string; tenants: Tenants },
): Promise<StoredCommand | undefined> {
  const [condition, ...values] = ofTenants('c.tenant', tenants);
  const rows = await select(
    database,
    commandRow,
    `SELECT ${COLUMNS} FROM commands c WHERE c.command_id = ? AND ${condition}`,
    [id, ...values],
  );
  return (await withCounts(database, rows))[0];
}

async function withCounts(
  database: Queryable,
  rows: readonly z.infer<typeof commandRow>[],
): Promise<StoredCommand[]> {
  if (rows.length === 0) return [];
  const counts = await select(
    database,
    z.object({ id: z.string(), state: commandStateSchema, number: integerColumn }),
    `SELECT command_id AS id, state, COUNT(*) AS number FROM device_commands
     WHERE command_id IN ${placeholders(rows.length)} GROUP BY command_id, state`,
    rows.map(({ id }) => id),
  );
  const byCommand = Map.groupBy(counts, ({ id }) => id);
  return rows.map((row) => ({
    ...row,
    counts: Object.fromEntries((byCommand.get(row.id) ?? []).map(({ state, number }) => [state, number])),
  }));
}

const deliveryRow = z.object({
  device: z.string(),
  state: commandStateSchema,
  /** Times that it was handed to the broker. */
  attempts: integerColumn,
  sentAt: instantColumn.nullable(),
  acknowledgedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  /** When it leaves its state by itself. */
  deadline: instantColumn,
  result: jsonColumn,
  message: z.string().nullable(),
  updatedAt: instantColumn,
});
/** What became of a command at one device. */
export type StoredDelivery = z.infer<typeof deliveryRow>;

export interface DeliveryQuery {
  readonly command: string;
  readonly state?: CommandState | undefined;
  /** The last device of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * A page of a command's devices, in the order of their names.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function deliveryPage(
  database: Queryable,
  { command, state, after = '', limit }: DeliveryQuery,
): Promise<StoredDelivery[]> {
  const [ofState, ...values]: Condition = state === undefined ? ['TRUE'] : ['state = ?', state];
  return select(
    database,
    deliveryRow,
    `SELECT device_id AS device, state, attempts, sent_at AS sentAt, acknowledged_at AS acknowledgedAt,
       finished_at AS finishedAt, deadline, result, message, updated_at AS updatedAt
     FROM device_commands WHERE command_id = ? AND device_id > ? AND ${ofState} ORDER BY device_id LIMIT ?`,
    [command, after, ...values, limit],
  );
}

const eventRow = z.object({
  id: bigintColumn,
  /** Null for what happened to the command as a whole. */
  device: z.string().nullable(),
  state: commandStateSchema,
  at: instantColumn,
  /** A member's name, a device's id, or the service that acted by itself. */
  actor: z.string(),
  details: jsonColumn,
});
export type StoredCommandEvent = z.infer<typeof eventRow>;

export interface TimelineQuery {
  readonly command: string;
  /** What happened at this device, and to the command as a whole. */
  readonly device?: string | undefined;
  /** The last row of the page before. */
  readonly after?: bigint | undefined;
  readonly limit: number;
}

/**
 * A page of a command's timeline, in the order in which it was written.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function commandTimeline(
  database: Queryable,
  { command, device, after = 0n, limit }: TimelineQuery,
): Promise<StoredCommandEvent[]> {
  const [there, ...values]: Condition =
    device === undefined ? ['TRUE'] : ['(device_id = ? OR device_id IS NULL)', device];
  return select(
    database,
    eventRow,
    `SELECT event_id AS id, device_id AS device, state, at, actor, details FROM command_events
     WHERE command_id = ? AND event_id > ? AND ${there} ORDER BY event_id LIMIT ?`,
    [command, after, ...values, limit],
  );
}

/**
 * The last block of its channel that `reader` has written down; undefined for none.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function ledgerPosition(database: Queryable, reader: string): Promise<number | undefined> {
  const rows = await select(
    database,
    z.object({ block: integerColumn }),
    'SELECT block FROM ledger_positions WHERE reader = ?',
    [reader],
  );
  return rows[0]?.block;
}
