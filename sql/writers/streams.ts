import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Stream } from '../../chaincode/protocol/streams/stream.ts';
import { toDatetime } from '../columns.ts';
import { LOG_ENDS, type Position } from '../queries/streams.ts';
import { execute, type Queryable } from '../query.ts';

export interface StreamChange {
  readonly stream: Stream;
  readonly sealedSecret: Uint8Array | null;
}

/**
 * Makes a stream with version 1, at the present end of every log, or its next version.
 *
 * @throws BiotError VERSION_CONFLICT, DATABASE_UNAVAILABLE or INTERNAL
 */
export async function putStream(
  transaction: Queryable,
  { stream, sealedSecret }: StreamChange,
): Promise<void> {
  const { id, tenant, version, author, updatedAt, ...definition } = stream;
  const secret = sealedSecret && Buffer.from(sealedSecret);
  const values = [tenant, JSON.stringify(definition), secret, version, author, toDatetime(updatedAt)];
  const fields = 'tenant = ?, definition = ?, sealed_secret = ?, version = ?, author = ?, updated_at = ?';
  if (version === 1) {
    await execute(transaction, `INSERT INTO streams SET ${fields}, stream_id = ?`, [...values, id]);
    await execute(
      transaction,
      `INSERT INTO stream_cursors (stream_id, log_id, next_sequence) SELECT ?, e.log_id, e.sequence + 1 FROM (${LOG_ENDS}) e`,
      [id],
    );
    return;
  }
  const statement = `UPDATE streams SET ${fields} WHERE stream_id = ? AND version = ?`;
  const { affectedRows } = await execute(transaction, statement, [...values, id, version - 1]);
  if (affectedRows === 0)
    throw new BiotError(
      'VERSION_CONFLICT',
      'somebody else has changed the stream meanwhile: look at it again',
    );
}

/** With its cursors. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function removeStream(database: Queryable, id: string): Promise<void> {
  await execute(database, 'DELETE FROM streams WHERE stream_id = ?', [id]);
}

/** A stream's place in a log. */
export interface StreamPlace {
  readonly stream: string;
  readonly log: string;
}

/** Of a log: from the one up to but without the other. */
export interface Stretch {
  readonly from: Position;
  readonly until: Position;
}

/**
 * Notes where a delivery ends, before it is sent. A stream that is gone by now fails.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function noteDelivery(
  database: Queryable,
  { stream, log }: StreamPlace,
  { from, until }: Stretch,
): Promise<void> {
  await execute(
    database,
    `INSERT INTO stream_cursors (stream_id, log_id, next_sequence, next_leaf, until_sequence, until_leaf)
     VALUES (?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE until_sequence = VALUES(until_sequence), until_leaf = VALUES(until_leaf)`,
    [stream, log, from.sequence, from.leaf, until.sequence, until.leaf],
  );
}

/**
 * Moves a cursor on, and never back: one that stands elsewhere by now was moved by somebody else, and stays.
 *
 * @throws BiotError DATABASE_UNAVAILABLE, or INTERNAL also when it stands elsewhere or the stream is gone
 */
export async function moveCursor(
  transaction: Queryable,
  { stream, log }: StreamPlace,
  { from, until }: Stretch,
): Promise<void> {
  const fields = 'next_sequence = ?, next_leaf = ?, until_sequence = NULL, until_leaf = NULL';
  const values = [until.sequence, until.leaf, stream, log];
  const { affectedRows } = await execute(
    transaction,
    `UPDATE stream_cursors SET ${fields} WHERE stream_id = ? AND log_id = ? AND next_sequence = ? AND next_leaf = ?`,
    [...values, from.sequence, from.leaf],
  );
  if (affectedRows > 0) return;
  // Of a log that the stream was never in; a cursor that is there makes it fail.
  await execute(transaction, `INSERT INTO stream_cursors SET ${fields}, stream_id = ?, log_id = ?`, values);
}

/** Something was taken. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function noteTaken(transaction: Queryable, stream: string, now: number): Promise<void> {
  await execute(transaction, 'UPDATE streams SET delivered_at = ?, failure = NULL WHERE stream_id = ?', [
    toDatetime(now),
    stream,
  ]);
}

const LONGEST_FAILURE = 300;

/** Something was not taken. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function noteNotTaken(
  database: Queryable,
  stream: string,
  { failure, now }: { failure: string; now: number },
): Promise<void> {
  await execute(database, 'UPDATE streams SET failed_at = ?, failure = ? WHERE stream_id = ?', [
    toDatetime(now),
    failure.slice(0, LONGEST_FAILURE),
    stream,
  ]);
}
