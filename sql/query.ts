import { z } from 'zod';

import { databaseError } from './errors.ts';

/** A connection or a pool. Values always go through placeholders, never into the text. */
export interface Queryable {
  query(sql: string, values?: readonly unknown[]): Promise<unknown>;
}

/**
 * Runs a SELECT and checks each row. The rows are somebody else's word: whoever can write to the database can make
 * them anything, and a wrong type here would otherwise show far away.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function select<Row>(
  database: Queryable,
  schema: z.ZodType<Row>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return z.array(schema).parse(await database.query(sql, values));
  } catch (error) {
    throw databaseError(error);
  }
}

const resultSchema = z.object({
  affectedRows: z.number(),
  insertId: z.bigint(),
});

/**
 * Runs a statement that changes something.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function execute(
  database: Queryable,
  sql: string,
  values: readonly unknown[] = [],
): Promise<{ affectedRows: number; insertId: bigint }> {
  try {
    return resultSchema.parse(await database.query(sql, values));
  } catch (error) {
    throw databaseError(error);
  }
}

/** `(?, ?, ?)`, for rows and for IN lists. */
export function placeholders(count: number): string {
  return `(${Array.from({ length: count }, () => '?').join(', ')})`;
}

/** Cuts a list into parts that fit into one statement each. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
