import { toDatetime } from '../columns.ts';
import { execute, type Queryable } from '../query.ts';

const HOUR_MS = 3_600_000;
/** A report goes back a year. */
const KEPT_DAYS = 400;

/** What became of messages. Attempts that failed are counted each. */
interface Happened {
  readonly delivered?: number;
  readonly failed?: number;
  readonly dead?: number;
}

/** Adds to what is counted of a channel in this hour. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function countMessages(
  transaction: Queryable,
  channel: string,
  { delivered = 0, failed = 0, dead = 0, now }: Happened & { readonly now: number },
): Promise<void> {
  await execute(
    transaction,
    `INSERT INTO notification_hours (channel_id, hour, tenant, name, kind, delivered, failed, dead)
     SELECT channel_id, ?, tenant, LEFT(COALESCE(JSON_VALUE(definition, '$.name'), ''), 80),
       JSON_VALUE(definition, '$.destination.kind'), ?, ?, ?
     FROM notification_channels WHERE channel_id = ?
     ON DUPLICATE KEY UPDATE name = VALUES(name), delivered = delivered + VALUES(delivered),
       failed = failed + VALUES(failed), dead = dead + VALUES(dead)`,
    [toDatetime(now - (now % HOUR_MS)), delivered, failed, dead, channel],
  );
}

/** Forgets what no report can ask for any more. @throws as above */
export async function forgetHours(database: Queryable, now: number): Promise<void> {
  const oldest = toDatetime(now - KEPT_DAYS * 24 * HOUR_MS);
  await execute(database, 'DELETE FROM notification_hours WHERE hour < ?', [oldest]);
}
