import type { Command } from '../../chaincode/protocol/command/command.ts';
import type { CommandState } from '../../chaincode/protocol/command/state.ts';
import { toDatetime } from '../columns.ts';
import { COMMAND_ID, INSTANT, jsonTable, STATE } from '../json-table.ts';
import { NAME } from '../migrations/migration.ts';
import { chunks, execute, placeholders, type Queryable } from '../query.ts';

const NAME_TEXT = `VARCHAR(80) ${NAME}`;

const COMMAND_COLUMNS = {
  command_id: COMMAND_ID,
  tenant: NAME_TEXT,
  type: NAME_TEXT,
  name: NAME_TEXT,
  org: NAME_TEXT,
  group_name: NAME_TEXT,
  parameters: 'LONGTEXT',
  state: STATE,
  devices: 'INT',
  version: 'INT',
  lifetime_seconds: 'INT',
  timeout_seconds: 'INT',
  issued_by: NAME_TEXT,
  issued_at: INSTANT,
  decided_by: NAME_TEXT,
  decided_at: INSTANT,
  cancelled_by: NAME_TEXT,
  cancelled_at: INSTANT,
  reason: 'VARCHAR(500)',
  expires_at: INSTANT,
  transaction: NAME_TEXT,
  block: 'BIGINT',
  updated_at: INSTANT,
};
const CHANGING = [
  'state',
  'decided_by',
  'decided_at',
  'cancelled_by',
  'cancelled_at',
  'reason',
  'expires_at',
  'updated_at',
];

/** Parameters of a hundred commands may be 1.6 MB; the server takes packets of 16 MiB. */
const COMMANDS_AT_ONCE = 100;
const DEVICES_AT_ONCE = 10_000;

function instant(text: string | undefined): string | null {
  return text === undefined ? null : toDatetime(Date.parse(text));
}

function rowOf(
  { command, block }: CommandChange,
  now: number,
): Record<keyof typeof COMMAND_COLUMNS, unknown> {
  const { issued, decided, cancelled } = command;
  return {
    command_id: command.id,
    tenant: command.tenant,
    type: command.type,
    name: command.name,
    org: command.org,
    group_name: command.group,
    parameters: JSON.stringify(command.parameters),
    state: command.state,
    devices: command.devices.length,
    version: command.version,
    lifetime_seconds: command.lifetimeSeconds,
    timeout_seconds: command.timeoutSeconds,
    issued_by: issued.name,
    issued_at: instant(issued.at),
    decided_by: decided?.name ?? null,
    decided_at: instant(decided?.at),
    cancelled_by: cancelled?.name ?? null,
    cancelled_at: instant(cancelled?.at),
    reason: command.reason,
    expires_at: instant(command.expiresAt),
    transaction: issued.transaction,
    block,
    updated_at: toDatetime(now),
  };
}

/** A command as a transaction left it, and the block of that. */
export interface CommandChange {
  readonly command: Command;
  readonly block: number;
}

/** Writes commands as they were left, in this order. What was written when they were issued stays. */
export async function putCommands(
  transaction: Queryable,
  changes: readonly CommandChange[],
  now: number,
): Promise<void> {
  const columns = Object.keys(COMMAND_COLUMNS).join(', ');
  for (const part of chunks(changes, COMMANDS_AT_ONCE)) {
    await execute(
      transaction,
      `INSERT INTO commands (${columns}) SELECT ${columns} FROM ${jsonTable(COMMAND_COLUMNS)} made
       ON DUPLICATE KEY UPDATE ${CHANGING.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
      [JSON.stringify(part.map((change) => rowOf(change, now)))],
    );
  }
}

const DELIVERY_COLUMNS = {
  command_id: COMMAND_ID,
  device_id: `VARCHAR(64) ${NAME}`,
  tenant: NAME_TEXT,
  state: STATE,
  issued_at: INSTANT,
  next_at: INSTANT,
  deadline: INSTANT,
};

/** Makes a row for each device of new commands. Rows that are there stay as they are. */
export async function addDeliveries(
  transaction: Queryable,
  commands: readonly Command[],
  now: number,
): Promise<void> {
  const rows = commands.flatMap((command) =>
    command.devices.map((device) => ({
      command_id: command.id,
      device_id: device,
      tenant: command.tenant,
      state: command.state,
      issued_at: instant(command.issued.at),
      next_at: command.state === 'queued' ? toDatetime(now) : null,
      deadline: instant(command.expiresAt),
    })),
  );
  const columns = Object.keys(DELIVERY_COLUMNS).join(', ');
  for (const part of chunks(rows, DEVICES_AT_ONCE)) {
    await execute(
      transaction,
      `INSERT INTO device_commands (${columns}, updated_at)
       SELECT ${columns}, ? FROM ${jsonTable(DELIVERY_COLUMNS)} made
       ON DUPLICATE KEY UPDATE device_commands.command_id = device_commands.command_id`,
      [toDatetime(now), JSON.stringify(part)],
    );
  }
}

/** What the ledger decided about a whole command. */
export interface CommandMove {
  readonly command: string;
  /** The states from which it goes. */
  readonly from: readonly CommandState[];
  readonly to: CommandState;
  /** When to hand it to the broker; null for not at all. */
  readonly nextAt: number | null;
  /** When the state ends by itself, or ended. */
  readonly deadline: number;
  readonly finished: boolean;
}

/** Moves all devices of a command that are in one of these states. Those that are further stay where they are. */
export async function moveCommand(
  transaction: Queryable,
  { command, from, to, nextAt, deadline, finished }: CommandMove,
  now: number,
): Promise<void> {
  const at = toDatetime(now);
  await execute(
    transaction,
    `UPDATE device_commands SET state = ?, next_at = ?, deadline = ?, finished_at = ?, updated_at = ?
     WHERE command_id = ? AND state IN ${placeholders(from.length)}`,
    [
      to,
      nextAt === null ? null : toDatetime(nextAt),
      toDatetime(deadline),
      finished ? at : null,
      at,
      command,
      ...from,
    ],
  );
}

/** A row of the timeline. Without a device it is about the command as a whole. */
export interface CommandEvent {
  readonly command: string;
  readonly device: string | null;
  readonly state: CommandState;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** A member's name, a device's id, or the service that acted by itself. */
  readonly actor: string;
  readonly details: Readonly<Record<string, unknown>> | null;
}

const EVENT_COLUMNS = {
  command_id: COMMAND_ID,
  device_id: `VARCHAR(64) ${NAME}`,
  state: STATE,
  at: INSTANT,
  actor: 'VARCHAR(100)',
  details: 'LONGTEXT',
};

/** Adds to the timeline, in this order. */
export async function insertCommandEvents(
  transaction: Queryable,
  events: readonly CommandEvent[],
): Promise<void> {
  const columns = Object.keys(EVENT_COLUMNS).join(', ');
  for (const part of chunks(events, DEVICES_AT_ONCE)) {
    const rows = part.map(({ command, device, state, at, actor, details }) => ({
      command_id: command,
      device_id: device,
      state,
      at: toDatetime(at),
      actor,
      details: details === null ? null : JSON.stringify(details),
    }));
    await execute(
      transaction,
      `INSERT INTO command_events (${columns}) SELECT ${columns} FROM ${jsonTable(EVENT_COLUMNS)} made`,
      [JSON.stringify(rows)],
    );
  }
}

/** Notes that `reader` has written down what the channel says up to this block. */
export async function putLedgerPosition(
  database: Queryable,
  { reader, channel, block }: { reader: string; channel: string; block: number },
): Promise<void> {
  await execute(
    database,
    `INSERT INTO ledger_positions (reader, channel, block) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE channel = VALUES(channel), block = VALUES(block)`,
    [reader, channel, block],
  );
}
