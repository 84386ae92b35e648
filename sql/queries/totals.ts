import { z } from 'zod';

import { servesAll, type Tenants } from '../../chaincode/protocol/tenants.ts';
import { integerColumn, toDatetime } from '../columns.ts';
import { type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

/** How much there is. */
export interface Totals {
  readonly messages: number;
  readonly messagesLastMinute: number;
  readonly readings: number;
  readonly anchorsCommitted: number;
  readonly anchorsPending: number;
  /** The last block with an anchor. */
  readonly lastBlock: number | null;
}

const MINUTE_MS = 60_000;

const totalsRow = z.object({
  messages: integerColumn,
  readings: integerColumn,
  batches: integerColumn,
  lastMinute: integerColumn,
  pending: integerColumn,
  lastBlock: integerColumn.nullable(),
});

interface Moment {
  /** Whose messages and readings are counted. Anchors are everybody's. */
  readonly tenants: Tenants;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * Reads running totals; nothing here grows with what is stored.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function totals(database: Queryable, { tenants, now }: Moment): Promise<Totals> {
  const whole = await totalsOfAll(database, now);
  return servesAll(tenants) ? whole : { ...whole, ...(await countsOfTenants(database, { tenants, now })) };
}

/** Of each log's last batch. */
async function totalsOfAll(database: Queryable, now: number): Promise<Totals> {
  const [row] = await select(
    database,
    totalsRow,
    `SELECT COALESCE(SUM(b.total_messages), 0) AS messages, COALESCE(SUM(b.total_readings), 0) AS readings,
       COALESCE(SUM(b.sequence + 1), 0) AS batches,
       (SELECT COALESCE(SUM(size), 0) FROM batches WHERE created_at >= ? AND readings > 0) AS lastMinute,
       (SELECT COUNT(*) FROM blockchain_tx WHERE status IN ('sealed', 'submitted') AND batch_id IS NOT NULL) AS pending,
       (SELECT MAX(block_number) FROM blockchain_tx WHERE status = 'committed') AS lastBlock
     FROM (SELECT log_id, MAX(sequence) AS sequence FROM batches GROUP BY log_id) heads
     JOIN batches b ON b.log_id = heads.log_id AND b.sequence = heads.sequence`,
    [toDatetime(now - MINUTE_MS)],
  );
  if (row === undefined) throw new RangeError('a sum is always one row');
  const { messages, readings, batches, lastMinute, pending, lastBlock } = row;
  return {
    messages,
    messagesLastMinute: lastMinute,
    readings,
    anchorsCommitted: batches - pending,
    anchorsPending: pending,
    lastBlock,
  };
}

type Counts = Pick<Totals, 'messages' | 'messagesLastMinute' | 'readings'>;

const countsRow = z.object({
  messages: integerColumn,
  messagesLastMinute: integerColumn,
  readings: integerColumn,
});

async function countsOfTenants(database: Queryable, { tenants, now }: Moment): Promise<Counts> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  const [ofDevices] = ofTenants('d.tenant', tenants);
  const [row] = await select(
    database,
    countsRow,
    `SELECT COALESCE(SUM(messages), 0) AS messages, COALESCE(SUM(readings), 0) AS readings,
       (SELECT COALESCE(SUM(r.last_seq - r.first_seq + 1), 0)
        FROM batches b JOIN batch_ranges r ON r.batch_id = b.batch_id JOIN devices d ON d.device_id = r.device_id
        WHERE b.created_at >= ? AND ${ofDevices}) AS messagesLastMinute
     FROM tenant_totals WHERE ${condition}`,
    [toDatetime(now - MINUTE_MS), ...values, ...values],
  );
  if (row === undefined) throw new RangeError('a sum is always one row');
  return row;
}
