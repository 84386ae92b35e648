import { toDatetime } from './columns.ts';
import { execute, type Queryable } from './query.ts';

/** Readings in one statement, so that no transaction grows large and nobody waits for its locks. */
const READINGS_AT_ONCE = 5_000;

export interface Due {
  readonly device: string;
  /** Readings from before this instant, in milliseconds since the Unix epoch. */
  readonly before: number;
}

/**
 * Deletes a device's readings that are due, at most `most` of them (and few more). Their witness copies stay: they say what
 * was deleted, so that nobody can delete more and call it retention.
 *
 * @returns how many were deleted; `most` or more when there may be others
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function dropReadings(
  database: Queryable,
  { device, before }: Due,
  most: number,
): Promise<number> {
  let dropped = 0;
  let affectedRows: number;
  do {
    const statement = 'DELETE FROM telemetry WHERE device_id = ? AND timestamp < ? LIMIT ?';
    ({ affectedRows } = await execute(database, statement, [device, toDatetime(before), READINGS_AT_ONCE]));
    dropped += affectedRows;
  } while (affectedRows === READINGS_AT_ONCE && dropped < most);
  return dropped;
}
