import type { Pool } from 'mariadb';

import { withConnection } from './connection.ts';
import { databaseError } from './errors.ts';
import type { Queryable } from './query.ts';

/**
 * Runs `work` in a transaction and commits it. When this rejects, the outcome may be unknown: a connection that is
 * lost during COMMIT does not say whether the server had committed. Work must therefore be written so that the same
 * again finds what was done.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL, or what `work` threw
 */
export type Transact = <Result>(work: (transaction: Queryable) => Promise<Result>) => Promise<Result>;

export function transactions(pool: Pool): Transact {
  return (work) =>
    withConnection(pool, async (connection) => {
      try {
        await connection.beginTransaction();
        const result = await work(connection);
        await connection.commit();
        return result;
      } catch (error) {
        // The first error tells; a rollback that fails too means that the connection is gone, and with it the work.
        await connection.rollback().catch(() => undefined);
        throw databaseError(error);
      }
    });
}
