/** How the columns of our tables come out of the connector, as schemas for `select`. */
import { z } from 'zod';

import { HASH_SIZE } from '../chaincode/protocol/hash.ts';

/** BIGINT: identifiers, beyond 2^53. */
export const bigintColumn = z.bigint();

/**
 * A whole number that we ourselves keep within 2^53: INT comes as a number, BIGINT as a bigint, and a sum, which is a
 * DECIMAL, as text.
 */
export const integerColumn = z.union([z.number(), z.bigint(), z.string()]).transform(Number).pipe(z.int());

/** DATETIME(3) in UTC, as milliseconds since the Unix epoch. */
export const instantColumn = z.date().transform((date) => date.getTime());

/** BINARY(32). A copy: the connector's buffer is a view of a whole network packet, which it would keep alive. */
export const hashColumn = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.length === HASH_SIZE)
  .transform((bytes) => Uint8Array.from(bytes));

export const bytesColumn = z.instanceof(Uint8Array);

/** An instant as MariaDB takes it: `2013-12-02 21:15:00.000`. */
export function toDatetime(instant: number): string {
  return new Date(instant).toISOString().slice(0, -1).replace('T', ' ');
}

export function toNullableDatetime(instant: number | null): string | null {
  return instant === null ? null : toDatetime(instant);
}

/** JSON, which the connector gives as what it stands for, or as text when it cannot tell the column from one of text. */
export const jsonColumn = z
  .unknown()
  .transform((value): unknown => (typeof value === 'string' ? JSON.parse(value) : value));
