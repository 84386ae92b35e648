import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Channel } from '../../chaincode/protocol/notifications/channel.ts';
import { type Content, MOST_NOTICES, type Notice } from '../../chaincode/protocol/notifications/notice.ts';
import { toDatetime } from '../columns.ts';
import { dueMessages, type StoredMessage } from '../queries/notifications.ts';
import { execute, placeholders, type Queryable } from '../query.ts';
import { insertRows } from './insert-rows.ts';
import { countMessages } from './notification-hours.ts';

/** Takes notices away that messages were made of. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function forgetNotices(transaction: Queryable, ids: readonly bigint[]): Promise<void> {
  const statement = `DELETE FROM alert_notices WHERE notice_id IN ${placeholders(ids.length)}`;
  if (ids.length > 0) await execute(transaction, statement, ids);
}

export interface NewMessage {
  readonly channel: string;
  readonly content: Content;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function addMessages(
  transaction: Queryable,
  messages: readonly NewMessage[],
  now: number,
): Promise<void> {
  const at = toDatetime(now);
  return insertRows(
    transaction,
    { table: 'notification_messages', columns: ['channel_id', 'content', 'next_at', 'created_at'] },
    messages.flatMap(({ channel, content }) => [channel, JSON.stringify(content), at, at]),
  );
}

export interface Staleness {
  readonly channel: string;
  readonly now: number;
  /** What was made before is too old. */
  readonly madeBefore: number;
  /** What became due after is not: it is a last attempt, or a person wants it sent again. */
  readonly dueBefore: number;
}

const TOO_OLD = 'too old when its turn came';

/** Gives up on what waited too long for a channel, as it does while that is switched off. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function giveUpStale(
  transaction: Queryable,
  { channel, now, madeBefore, dueBefore }: Staleness,
): Promise<void> {
  const { affectedRows } = await execute(
    transaction,
    `UPDATE notification_messages SET dead_at = ?, failure = COALESCE(failure, ?)
     WHERE channel_id = ? AND dead_at IS NULL AND next_at <= ? AND created_at <= ?`,
    [toDatetime(now), TOO_OLD, channel, toDatetime(dueBefore), toDatetime(madeBefore)],
  );
  if (affectedRows > 0) await countMessages(transaction, channel, { dead: affectedRows, now });
}

/** Rows that are looked at to bundle them. */
const BUNDLED_AT_ONCE = 200;

export interface Taking {
  readonly channel: string;
  readonly now: number;
  /** When to try again, if nobody says how this attempt, the nth, ended. */
  readonly retryAt: (attempt: number) => number;
}

/**
 * Takes what a channel is to be sent next, and notes the attempt before it is made. What was never tried goes together in
 * one message: nobody has seen its ids yet, so nobody takes the bundle for one of its parts.
 *
 * @returns undefined when nothing is due
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function takeMessage(
  transaction: Queryable,
  { channel, now, retryAt }: Taking,
): Promise<StoredMessage | undefined> {
  const due = await dueMessages(transaction, { channel, now: toDatetime(now), limit: BUNDLED_AT_ONCE });
  const [first] = due;
  if (first === undefined) return undefined;
  const bundle = bundleOf(due);
  const content: Content =
    bundle.notices.length === 0 ? first.content : { kind: 'alerts', notices: bundle.notices };
  const attempts = first.attempts + 1;
  await execute(
    transaction,
    'UPDATE notification_messages SET content = ?, attempts = ?, next_at = ? WHERE message_id = ?',
    [JSON.stringify(content), attempts, toDatetime(retryAt(attempts)), first.id],
  );
  const parts = bundle.ids.filter((id) => id !== first.id);
  if (parts.length > 0)
    await execute(
      transaction,
      `DELETE FROM notification_messages WHERE message_id IN ${placeholders(parts.length)}`,
      parts,
    );
  return { ...first, content, attempts };
}

function bundleOf(due: readonly StoredMessage[]): { ids: bigint[]; notices: Notice[] } {
  const ids: bigint[] = [];
  const notices: Notice[] = [];
  for (const { id, attempts, content } of due) {
    if (attempts > 0 || content.kind !== 'alerts') break;
    if (notices.length + content.notices.length > MOST_NOTICES) break;
    ids.push(id);
    notices.push(...content.notices);
  }
  return { ids, notices };
}

/** It was taken. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function noteSuccess(
  transaction: Queryable,
  { id, channel }: Pick<StoredMessage, 'id' | 'channel'>,
  now: number,
): Promise<void> {
  await execute(transaction, 'DELETE FROM notification_messages WHERE message_id = ?', [id]);
  await execute(
    transaction,
    'UPDATE notification_channels SET succeeded_at = ?, failure = NULL WHERE channel_id = ?',
    [toDatetime(now), channel],
  );
  await countMessages(transaction, channel, { delivered: 1, now });
}

const LONGEST_FAILURE = 300;
/** How long a dead letter lies. */
const LETTER_DAYS = 30;

/** Forgets what was given up on long ago, of whatever channel. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function forgetLetters(database: Queryable, now: number): Promise<void> {
  const oldest = toDatetime(now - LETTER_DAYS * 86_400_000);
  await execute(database, 'DELETE FROM notification_messages WHERE dead_at < ?', [oldest]);
}

interface Failure {
  readonly failure: string;
  readonly dead: boolean;
  /** It is not to be sent again before. */
  readonly notBefore?: number | undefined;
  readonly now: number;
}

/** It was not taken. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function noteFailure(
  transaction: Queryable,
  { id, channel }: Pick<StoredMessage, 'id' | 'channel'>,
  { failure, dead, notBefore, now }: Failure,
): Promise<void> {
  const why = failure.slice(0, LONGEST_FAILURE);
  await execute(
    transaction,
    `UPDATE notification_messages SET failure = ?, dead_at = COALESCE(?, dead_at), next_at = GREATEST(next_at, ?)
     WHERE message_id = ?`,
    [why, dead ? toDatetime(now) : null, toDatetime(notBefore ?? now), id],
  );
  await execute(
    transaction,
    'UPDATE notification_channels SET failed_at = ?, failure = ? WHERE channel_id = ?',
    [toDatetime(now), why, channel],
  );
  await countMessages(transaction, channel, { failed: 1, dead: dead ? 1 : 0, now });
  const oldest = toDatetime(now - LETTER_DAYS * 86_400_000);
  const statement = 'DELETE FROM notification_messages WHERE channel_id = ? AND dead_at < ?';
  if (dead) await execute(transaction, statement, [channel, oldest]);
}

/** A channel of people has a tenant or none, one of a browser has a member. */
export interface ChannelChange {
  readonly channel: Channel;
  readonly sealedSecret: Uint8Array | null;
}

/** Makes a channel with version 1, or its next version. @throws BiotError VERSION_CONFLICT, DATABASE_UNAVAILABLE or INTERNAL */
export async function putChannel(
  database: Queryable,
  { channel, sealedSecret }: ChannelChange,
): Promise<void> {
  const { id, tenant, version, author, updatedAt, ...definition } = channel;
  const { destination } = definition;
  const member = destination.kind === 'web-push' ? destination.member : null;
  const secret = sealedSecret && Buffer.from(sealedSecret);
  const values = [tenant, member, JSON.stringify(definition), secret, version, author, toDatetime(updatedAt)];
  const fields =
    'tenant = ?, member = ?, definition = ?, sealed_secret = ?, version = ?, author = ?, updated_at = ?';
  const { affectedRows } = await (version === 1
    ? execute(database, `INSERT INTO notification_channels SET ${fields}, channel_id = ?`, [...values, id])
    : execute(database, `UPDATE notification_channels SET ${fields} WHERE channel_id = ? AND version = ?`, [
        ...values,
        id,
        version - 1,
      ]));
  if (affectedRows === 0)
    throw new BiotError(
      'VERSION_CONFLICT',
      'somebody else has changed the channel meanwhile: look at it again',
    );
}

/** With all that waits for it. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function removeChannel(database: Queryable, id: string): Promise<void> {
  await execute(database, 'DELETE FROM notification_channels WHERE channel_id = ?', [id]);
}

/** A message that was given up on. */
export interface DeadMessage {
  readonly channel: string;
  readonly id: bigint;
}

const DEAD = 'WHERE message_id = ? AND channel_id = ? AND dead_at IS NOT NULL';

/** @returns whether it was there @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function reviveMessage(
  database: Queryable,
  { channel, id }: DeadMessage,
  now: number,
): Promise<boolean> {
  const { affectedRows } = await execute(
    database,
    `UPDATE notification_messages SET attempts = 1, next_at = ?, dead_at = NULL ${DEAD}`,
    [toDatetime(now), id, channel],
  );
  return affectedRows > 0;
}

/** @returns whether it was there @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function discardMessage(database: Queryable, { channel, id }: DeadMessage): Promise<boolean> {
  const { affectedRows } = await execute(database, `DELETE FROM notification_messages ${DEAD}`, [
    id,
    channel,
  ]);
  return affectedRows > 0;
}
