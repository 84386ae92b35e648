import { z } from 'zod';

import { type CommandState, commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import { bigintColumn, instantColumn, integerColumn } from '../columns.ts';
import { asked } from '../conditions.ts';
import { type Queryable, select } from '../query.ts';

const jsonColumn = z
  .union([z.json(), z.undefined()])
  .transform((value) => value ?? null)
  .describe('the connector parses columns of the type JSON');

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
  const [ofState, ...values] = asked('state = ?', state);
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
  const [there, ...values] = asked('(device_id = ? OR device_id IS NULL)', device);
  return select(
    database,
    eventRow,
    `SELECT event_id AS id, device_id AS device, state, at, actor, details FROM command_events
     WHERE command_id = ? AND event_id > ? AND ${there} ORDER BY event_id LIMIT ?`,
    [command, after, ...values, limit],
  );
}
