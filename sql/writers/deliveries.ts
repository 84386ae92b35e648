/** What the dispatcher does with `device_commands`: any number of devices in one statement. */
import { z } from 'zod';

import {
  type CommandState,
  commandStateSchema,
  COMMAND_STATES,
  isFinal,
} from '../../chaincode/protocol/command/state.ts';
import { instantColumn, integerColumn, toDatetime, toNullableDatetime } from '../columns.ts';
import { hastening } from './hasten.ts';
import { COMMAND_ID, DEVICE_ID, INSTANT, jsonTable, STATE } from '../json-table.ts';
import { NAME } from '../migrations/migration.ts';
import { execute, placeholders, type Queryable, select } from '../query.ts';

/** A command's way to one device. Instants are milliseconds since the Unix epoch. */
export interface Delivery {
  readonly command: string;
  readonly device: string;
  readonly tenant: string;
  readonly state: CommandState;
  readonly issuedAt: number;
  /** Times that it was handed to the broker. */
  readonly attempts: number;
  readonly nextAt: number | null;
  readonly sentAt: number | null;
  readonly acknowledgedAt: number | null;
  readonly finishedAt: number | null;
  readonly deadline: number;
}

/** A delivery with what the ledger's command says about it. */
export interface CommandDelivery extends Delivery {
  readonly timeoutSeconds: number;
  /** When it was queued: issued, or approved. */
  readonly queuedAt: number;
}

export type DeliveryKey = Pick<Delivery, 'command' | 'device'>;

const deliveryRow = z.object({
  command: z.string(),
  device: z.string(),
  tenant: z.string(),
  state: commandStateSchema,
  issuedAt: instantColumn,
  attempts: integerColumn,
  nextAt: instantColumn.nullable(),
  sentAt: instantColumn.nullable(),
  acknowledgedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  deadline: instantColumn,
  timeoutSeconds: integerColumn,
  queuedAt: instantColumn,
});

const COLUMNS = `d.command_id AS command, d.device_id AS device, d.tenant, d.state, d.issued_at AS issuedAt, d.attempts, d.next_at AS nextAt,
  d.sent_at AS sentAt, d.acknowledged_at AS acknowledgedAt, d.finished_at AS finishedAt, d.deadline,
  c.timeout_seconds AS timeoutSeconds, COALESCE(c.decided_at, c.issued_at) AS queuedAt`;

const KEY_COLUMNS = { command_id: COMMAND_ID, device_id: DEVICE_ID };

/** Locks these, in the order in which everybody locks them. Those that are not there are left out. */
export function lockDeliveries(
  transaction: Queryable,
  keys: readonly DeliveryKey[],
): Promise<CommandDelivery[]> {
  return select(
    transaction,
    deliveryRow,
    `SELECT ${COLUMNS} FROM ${jsonTable(KEY_COLUMNS)} wanted
     STRAIGHT_JOIN device_commands d ON d.command_id = wanted.command_id AND d.device_id = wanted.device_id
     STRAIGHT_JOIN commands c ON c.command_id = d.command_id
     ORDER BY d.command_id, d.device_id FOR UPDATE`,
    [JSON.stringify(keys.map(({ command, device }) => ({ command_id: command, device_id: device })))],
  );
}

interface Lookup {
  readonly now: number;
  readonly limit: number;
}

/** Locks those that are to be handed to the broker now, the ones that wait longest first. */
export function lockDue(transaction: Queryable, { now, limit }: Lookup): Promise<CommandDelivery[]> {
  return select(
    transaction,
    deliveryRow,
    `SELECT ${COLUMNS} FROM device_commands d STRAIGHT_JOIN commands c ON c.command_id = d.command_id
     WHERE d.next_at <= ? ORDER BY d.next_at LIMIT ? FOR UPDATE`,
    [toDatetime(now), limit],
  );
}

const OPEN_STATES = COMMAND_STATES.filter((state) => !isFinal(state));

/** Locks those whose time is over in the state that they are in. */
export function lockOverdue(transaction: Queryable, { now, limit }: Lookup): Promise<CommandDelivery[]> {
  return select(
    transaction,
    deliveryRow,
    `SELECT ${COLUMNS} FROM device_commands d STRAIGHT_JOIN commands c ON c.command_id = d.command_id
     WHERE d.state IN ${placeholders(OPEN_STATES.length)} AND d.deadline <= ? LIMIT ? FOR UPDATE`,
    [...OPEN_STATES, toDatetime(now), limit],
  );
}

/** A delivery as it is to be, with what the device said last. */
export interface ChangedDelivery extends Delivery {
  /** JSON text. */
  readonly result?: string | undefined;
  readonly message?: string | undefined;
}

const CHANGED_COLUMNS = {
  ...KEY_COLUMNS,
  tenant: `VARCHAR(32) ${NAME}`,
  state: STATE,
  issued_at: INSTANT,
  attempts: 'INT',
  next_at: INSTANT,
  sent_at: INSTANT,
  acknowledged_at: INSTANT,
  finished_at: INSTANT,
  deadline: INSTANT,
  result: 'LONGTEXT',
  message: 'VARCHAR(500)',
};
const MOVING = ['state', 'attempts', 'next_at', 'sent_at', 'acknowledged_at', 'finished_at', 'deadline'];
const SAID = ['result', 'message'];

function rowOf(delivery: ChangedDelivery): Record<keyof typeof CHANGED_COLUMNS, unknown> {
  return {
    command_id: delivery.command,
    device_id: delivery.device,
    tenant: delivery.tenant,
    state: delivery.state,
    issued_at: toDatetime(delivery.issuedAt),
    attempts: delivery.attempts,
    next_at: toNullableDatetime(delivery.nextAt),
    sent_at: toNullableDatetime(delivery.sentAt),
    acknowledged_at: toNullableDatetime(delivery.acknowledgedAt),
    finished_at: toNullableDatetime(delivery.finishedAt),
    deadline: toDatetime(delivery.deadline),
    result: delivery.result ?? null,
    message: delivery.message ?? null,
  };
}

/**
 * Writes deliveries that this transaction has locked. An UPDATE of two tables would gather the rows in a file before it
 * changes them; this one changes each as it comes.
 */
export async function updateDeliveries(
  transaction: Queryable,
  deliveries: readonly ChangedDelivery[],
  now: number,
): Promise<void> {
  const columns = Object.keys(CHANGED_COLUMNS).join(', ');
  await execute(
    transaction,
    `INSERT INTO device_commands (${columns}, updated_at)
     SELECT ${columns}, ? FROM ${jsonTable(CHANGED_COLUMNS)} changed
     ON DUPLICATE KEY UPDATE ${[...MOVING, 'updated_at'].map((column) => `${column} = VALUES(${column})`).join(', ')},
       ${SAID.map((column) => `${column} = COALESCE(VALUES(${column}), device_commands.${column})`).join(', ')}`,
    [toDatetime(now), JSON.stringify(deliveries.map(rowOf))],
  );
}

/** These devices are there: what they have not answered is to be sent now. */
export const hastenDeliveries = hastening('device_commands', ['queued', 'sent']);
