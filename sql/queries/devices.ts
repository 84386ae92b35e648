import { z } from 'zod';

import { instantColumn, integerColumn } from '../columns.ts';
import { databaseError } from '../errors.ts';
import type { Models } from '../models/index.ts';
import { type Queryable, select } from '../query.ts';

/**
 * When each of these devices was last heard of (milliseconds since the Unix epoch); those that never were are left
 * out.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function lastSeen(
  { devices }: Pick<Models, 'devices'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await devices
    .findAll({ attributes: ['deviceId', 'lastSeen'], where: { deviceId: [...ids] } })
    .catch((error: unknown) => {
      throw databaseError(error);
    });
  return new Map(
    rows.flatMap(({ deviceId, lastSeen: instant }) =>
      instant === null ? [] : [[deviceId, instant.getTime()]],
    ),
  );
}

/** The same of all devices. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function allLastSeen(database: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await select(
    database,
    z.object({ id: z.string(), at: instantColumn }),
    'SELECT device_id AS id, last_seen AS at FROM devices WHERE last_seen IS NOT NULL',
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/**
 * Inclusive ranges of a device's messages that are in the database, in order, from sequence number `from` on.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function committedRanges(
  database: Queryable,
  { device, epoch, from, limit }: { device: string; epoch: number; from: number; limit: number },
): Promise<{ first: number; last: number }[]> {
  return select(
    database,
    z.object({ first: integerColumn, last: integerColumn }),
    `SELECT first_seq AS first, last_seq AS last FROM batch_ranges
     WHERE device_id = ? AND epoch = ? AND last_seq >= ? ORDER BY last_seq, first_seq LIMIT ?`,
    [device, epoch, from, limit],
  );
}
