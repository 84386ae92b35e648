import { z } from 'zod';

import { type Channel, channelSchema } from '../../chaincode/protocol/notifications/channel.ts';
import { type Content, contentSchema, TOLD_STEPS } from '../../chaincode/protocol/notifications/notice.ts';
import { bigintColumn, bytesColumn, instantColumn, integerColumn, jsonColumn } from '../columns.ts';
import type { Condition } from '../conditions.ts';
import { type Queryable, select } from '../query.ts';

/** A channel with how it fares. Instants are milliseconds since the Unix epoch. */
export interface StoredChannel extends Channel {
  /** Only the notifier's key opens it; null where nothing is signed. */
  readonly sealedSecret: Uint8Array | null;
  readonly succeededAt: number | null;
  readonly failedAt: number | null;
  /** Why it failed last. */
  readonly failure: string | null;
  readonly waiting: number;
  readonly dead: number;
}

const channelRow = z
  .object({
    channel_id: z.string(),
    tenant: z.string().nullable(),
    definition: jsonColumn.pipe(z.record(z.string(), z.unknown())),
    sealed_secret: bytesColumn.nullable(),
    version: z.int(),
    author: z.string(),
    updated_at: instantColumn,
    succeeded_at: instantColumn.nullable(),
    failed_at: instantColumn.nullable(),
    failure: z.string().nullable(),
    waiting: integerColumn,
    dead: integerColumn,
  })
  .transform((row): StoredChannel => ({
    ...channelSchema.parse({
      ...row.definition,
      id: row.channel_id,
      tenant: row.tenant,
      version: row.version,
      author: row.author,
      updatedAt: row.updated_at,
    }),
    sealedSecret: row.sealed_secret,
    succeededAt: row.succeeded_at,
    failedAt: row.failed_at,
    failure: row.failure,
    waiting: row.waiting,
    dead: row.dead,
  }));

function channels(database: Queryable, [conditions, ...values]: Condition): Promise<StoredChannel[]> {
  return select(
    database,
    channelRow,
    `SELECT c.channel_id, c.tenant, c.definition, c.sealed_secret, c.version, c.author, c.updated_at, c.succeeded_at,
       c.failed_at, c.failure, COUNT(m.message_id) - COUNT(m.dead_at) AS waiting, COUNT(m.dead_at) AS dead
     FROM notification_channels c LEFT JOIN notification_messages m USING (channel_id) WHERE ${conditions}
     GROUP BY c.channel_id ORDER BY JSON_VALUE(c.definition, '$.name'), c.channel_id`,
    values,
  );
}

/** All channels, in the order of their names. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function notificationChannels(database: Queryable): Promise<StoredChannel[]> {
  return channels(database, ['TRUE']);
}

/**
 * Those that are switched on and for which something is due. What waits for others is not looked at.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function channelsWithWork(database: Queryable, now: string): Promise<StoredChannel[]> {
  return channels(database, [
    `JSON_CONTAINS(c.definition, 'true', '$.enabled') AND EXISTS (SELECT 1 FROM notification_messages d
       WHERE d.channel_id = c.channel_id AND d.dead_at IS NULL AND d.next_at <= ?)`,
    now,
  ]);
}

/** That something became of an alert, and has not been told yet. */
export interface StoredNotice {
  readonly id: bigint;
  readonly alert: bigint;
  readonly step: (typeof TOLD_STEPS)[number];
  readonly at: number;
}

/** The oldest, locked until the transaction ends. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function untoldNotices(transaction: Queryable, limit: number): Promise<StoredNotice[]> {
  return select(
    transaction,
    z.object({ id: bigintColumn, alert: bigintColumn, step: z.enum(TOLD_STEPS), at: instantColumn }),
    `SELECT notice_id AS id, alert_id AS alert, step, created_at AS at FROM alert_notices
     ORDER BY notice_id LIMIT ? FOR UPDATE`,
    [limit],
  );
}

/** Something to be sent. Instants are milliseconds since the Unix epoch. */
export interface StoredMessage {
  readonly id: bigint;
  readonly channel: string;
  /** By which its receiver knows it again. */
  readonly idempotency: string;
  readonly content: Content;
  readonly attempts: number;
  readonly failure: string | null;
  readonly createdAt: number;
  /** Since when it is given up on; null while it is not. */
  readonly deadAt: number | null;
}

const messageRow = z
  .object({
    message_id: bigintColumn,
    channel_id: z.string(),
    idempotency: z.string(),
    content: jsonColumn.pipe(contentSchema),
    attempts: integerColumn,
    failure: z.string().nullable(),
    created_at: instantColumn,
    dead_at: instantColumn.nullable(),
  })
  .transform((row): StoredMessage => ({
    id: row.message_id,
    channel: row.channel_id,
    idempotency: row.idempotency,
    content: row.content,
    attempts: row.attempts,
    failure: row.failure,
    createdAt: row.created_at,
    deadAt: row.dead_at,
  }));

function messages(database: Queryable, [conditions, ...values]: Condition): Promise<StoredMessage[]> {
  return select(
    database,
    messageRow,
    `SELECT message_id, channel_id, idempotency, content, attempts, failure, created_at, dead_at
     FROM notification_messages WHERE ${conditions}`,
    values,
  );
}

/** What waits for a channel and is due, in that order, locked. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function dueMessages(
  transaction: Queryable,
  { channel, now, limit }: { channel: string; now: string; limit: number },
): Promise<StoredMessage[]> {
  return messages(transaction, [
    'channel_id = ? AND dead_at IS NULL AND next_at <= ? ORDER BY next_at, message_id LIMIT ? FOR UPDATE',
    ...[channel, now, limit],
  ]);
}

/** Those that were given up on, the newest first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function deadMessages(
  database: Queryable,
  { channel, before, limit }: { channel: string; before?: bigint | undefined; limit: number },
): Promise<StoredMessage[]> {
  return messages(database, [
    `channel_id = ? AND dead_at IS NOT NULL ${before === undefined ? '' : 'AND message_id < ?'}
     ORDER BY message_id DESC LIMIT ?`,
    ...[channel, ...(before === undefined ? [] : [before]), limit],
  ]);
}
