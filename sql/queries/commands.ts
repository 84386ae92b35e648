import { z } from 'zod';

import { LEDGER_COMMAND_STATES } from '../../chaincode/protocol/command/command.ts';
import { type CommandState, commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { instantColumn, integerColumn } from '../columns.ts';
import { allOf, asked, type Condition, olderThan } from '../conditions.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

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

function conditionOf({ tenants, device, state, name, type, before }: CommandQuery): Condition {
  return allOf([
    ofTenants('tenant', tenants),
    asked('device_id = ?', device),
    asked('state = ?', state),
    asked(ofCommand('name'), name),
    asked(ofCommand('type'), type),
    olderThan(before && { at: before.issuedAt, id: before.id }, { at: 'issued_at', id: 'command_id' }),
  ]);
}

/**
 * A page of commands, newest first, each with the number of its devices by state.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function commandPage(database: Queryable, query: CommandQuery): Promise<StoredCommand[]> {
  const [condition, ...values] = conditionOf(query);
  const byDevice = query.device !== undefined || query.state !== undefined;
  const rows = await select(
    database,
    commandRow,
    `SELECT ${COLUMNS}
     FROM (SELECT DISTINCT issued_at, command_id FROM ${byDevice ? 'device_commands' : 'commands'}
           WHERE ${condition}
           ORDER BY issued_at DESC, command_id DESC LIMIT ?) page
     JOIN commands c ON c.command_id = page.command_id
     ORDER BY page.issued_at DESC, page.command_id DESC`,
    [...values, query.limit],
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
