import { z } from 'zod';

import { integerColumn } from '../columns.ts';
import { type Queryable, select } from '../query.ts';

/**
 * The last block of its channel that `reader` has written down; undefined for none.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function ledgerPosition(database: Queryable, reader: string): Promise<number | undefined> {
  const rows = await select(
    database,
    z.object({ block: integerColumn }),
    'SELECT block FROM ledger_positions WHERE reader = ?',
    [reader],
  );
  return rows[0]?.block;
}
