/** Whether devices are there, as ingest keeps it. */
import { z } from 'zod';

import {
  absenceReasonSchema,
  type PresenceView,
  presenceStateSchema,
} from '../../chaincode/protocol/presence/presence.ts';
import { instantColumn, integerColumn, toNullableDatetime, toDatetime } from '../columns.ts';
import { chunks, execute, placeholders, type Queryable, select } from '../query.ts';
import { insertRows, type InsertTarget } from './insert-rows.ts';

/** Instants are milliseconds since the Unix epoch. */
export interface StoredPresence extends PresenceView {
  readonly device: string;
  readonly tenant: string;
  readonly connection: string | null;
  readonly doubtedUntil: number | null;
  readonly seen: number;
  /** Between two messages, as was learnt. */
  readonly intervalMs: number | null;
}

export interface PresenceEvent extends Pick<PresenceView, 'state' | 'reason'> {
  readonly device: string;
  readonly tenant: string;
  readonly at: number;
}

const COLUMNS = [
  ...[
    'device_id',
    'tenant',
    'state',
    'since',
    'reason',
    'wakes_at',
    'connection',
    'doubted_until',
    'seen_at',
  ],
  'interval_ms',
];
const EVENTS: InsertTarget = {
  table: 'presence_events',
  columns: ['device_id', 'tenant', 'state', 'reason', 'at'],
};
const ROWS_AT_ONCE = 500;

/** When each was last heard is as of its last message, if that is later. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function allPresence(database: Queryable): Promise<StoredPresence[]> {
  return select(
    database,
    z.object({
      device: z.string(),
      tenant: z.string(),
      state: presenceStateSchema,
      since: instantColumn,
      reason: absenceReasonSchema.nullable(),
      wakesAt: instantColumn.nullable(),
      connection: z.string().nullable(),
      doubtedUntil: instantColumn.nullable(),
      seen: instantColumn,
      intervalMs: integerColumn.nullable(),
    }),
    `SELECT p.device_id AS device, p.tenant, p.state, p.since, p.reason, p.wakes_at AS wakesAt, p.connection,
       p.doubted_until AS doubtedUntil, GREATEST(p.seen_at, COALESCE(d.last_seen, p.seen_at)) AS seen,
       p.interval_ms AS intervalMs
     FROM presence p LEFT JOIN devices d ON d.device_id = p.device_id`,
  );
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function putPresence(transaction: Queryable, rows: readonly StoredPresence[]): Promise<void> {
  const changed = COLUMNS.filter((column) => column !== 'device_id');
  const onDuplicate = changed.map((column) => `${column} = VALUES(${column})`).join(', ');
  for (const part of chunks(rows, ROWS_AT_ONCE))
    await execute(
      transaction,
      `INSERT INTO presence (${COLUMNS.join(', ')}) VALUES
       ${part.map(() => placeholders(COLUMNS.length)).join(', ')} ON DUPLICATE KEY UPDATE ${onDuplicate}`,
      part.flatMap((row) => [
        ...[row.device, row.tenant, row.state, toDatetime(row.since), row.reason],
        ...[toNullableDatetime(row.wakesAt), row.connection, toNullableDatetime(row.doubtedUntil)],
        ...[toDatetime(row.seen), row.intervalMs],
      ]),
    );
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function insertPresenceEvents(
  transaction: Queryable,
  events: readonly PresenceEvent[],
): Promise<void> {
  return insertRows(
    transaction,
    EVENTS,
    events.flatMap(({ device, tenant, state, reason, at }) => [
      ...[device, tenant, state, reason, toDatetime(at)],
    ]),
  );
}

/** Keeps the newest events of a device, and none from before an instant. */
export interface EventBound {
  readonly newest: number;
  readonly from: number;
}

/** @param devices whose events may have become too many @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function dropPresenceEvents(
  database: Queryable,
  devices: Iterable<string>,
  { newest, from }: EventBound,
): Promise<void> {
  await execute(database, 'DELETE FROM presence_events WHERE at < ? LIMIT 10000', [toDatetime(from)]);
  for (const device of devices)
    await execute(
      database,
      `DELETE FROM presence_events WHERE device_id = ? AND event_id <= (SELECT event_id FROM
         (SELECT event_id FROM presence_events WHERE device_id = ? ORDER BY event_id DESC LIMIT 1 OFFSET ?) AS last)`,
      [device, device, newest],
    );
}
