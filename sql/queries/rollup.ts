import { z } from 'zod';

import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { integerColumn, toDatetime } from '../columns.ts';
import { type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** What a sensor did from `ts` on, for the length of a bucket. */
export interface Bucket {
  /** Beginning of the bucket, milliseconds since the Unix epoch. */
  readonly ts: number;
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly count: number;
}

export interface RollupQuery {
  readonly device: string;
  /** Whose rows. */
  readonly tenants: Tenants;
  readonly sensor: string;
  /** Inclusive, milliseconds since the Unix epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly bucketMs: number;
}

const bucketRow = z.object({
  bucket: integerColumn,
  min: z.number(),
  max: z.number(),
  avg: z.number(),
  count: integerColumn,
});

/**
 * Sums readings up in the database: one bucket for each stretch of `bucketMs`, counted from the epoch, that has
 * readings; in order.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function rollup(
  database: Queryable,
  { device, tenants, sensor, from, to, bucketMs }: RollupQuery,
): Promise<Bucket[]> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const rows = await select(
    database,
    bucketRow,
    `SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', timestamp) DIV ? AS bucket,
       MIN(value) AS min, MAX(value) AS max, AVG(value) AS avg, COUNT(*) AS count
     FROM telemetry
     WHERE device_id = ? AND sensor_type = ? AND timestamp >= ? AND timestamp < ? AND ${condition}
     GROUP BY bucket ORDER BY bucket`,
    [bucketMs * 1000, device, sensor, toDatetime(from), toDatetime(to), ...values],
  );
  return rows.map(({ bucket, ...rest }) => ({ ts: bucket * bucketMs, ...rest }));
}
