import type { Pool, PoolConnection } from 'mariadb';
import { z } from 'zod';

import { integerColumn } from './columns.ts';
import { databaseError } from './errors.ts';
import { select } from './query.ts';

/**
 * Borrows a connection for `work`.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL, or what `work` threw
 */
export async function withConnection<Result>(
  pool: Pool,
  work: (connection: PoolConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await pool.getConnection().catch((error: unknown) => {
    throw databaseError(error);
  });
  try {
    return await work(connection);
  } finally {
    await connection.release();
  }
}

const lockRow = z.object({ locked: integerColumn.nullable() });

/**
 * Runs `work` while this connection holds the lock of that name in its database. The server frees the lock when the
 * connection ends, however it ends.
 *
 * @param seconds how long to wait for another holder
 * @returns undefined, without having run `work`, when another still holds it
 */
export async function withNamedLock<Result>(
  connection: PoolConnection,
  { name, seconds }: { name: string; seconds: number },
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const statement = "SELECT GET_LOCK(CONCAT(DATABASE(), '.', ?), ?) AS locked";
  const [lock] = await select(connection, lockRow, statement, [name, seconds]);
  if (lock?.locked !== 1) return undefined;
  try {
    return await work();
  } finally {
    await select(connection, z.unknown(), "SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.', ?))", [name]);
  }
}
