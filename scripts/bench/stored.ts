import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { integerColumn } from '../../sql/columns.ts';
import { type Queryable, select } from '../../sql/query.ts';
import { BENCH_TENANT } from './fleet.ts';

/** What the database has of a device's messages. */
export interface StoredMessages {
  readonly device: string;
  /** Messages of which every reading is there. */
  readonly whole: number;
  /** Readings beyond the one of each sensor that a message has. */
  readonly doubled: number;
}

const ANCHORED_WITHIN_MS = 120_000;

const storedRow = z.object({ device: z.string(), whole: integerColumn, doubled: integerColumn });

/** @param sensors readings that each message has */
export function countStored(database: Queryable, sensors: number): Promise<StoredMessages[]> {
  return select(
    database,
    storedRow,
    `SELECT device, SUM(sensors = ?) AS whole, SUM(readings - sensors) AS doubled
     FROM (SELECT device_id AS device, seq, COUNT(*) AS readings, COUNT(DISTINCT sensor_type) AS sensors
           FROM telemetry WHERE tenant = ? GROUP BY device_id, seq) message
     GROUP BY device`,
    [sensors, BENCH_TENANT],
  );
}

/** @param sent messages by device */
export function lostAndDoubled(
  sent: Readonly<Record<string, number>>,
  stored: readonly StoredMessages[],
): { lost: number; doubled: number } {
  const whole = new Map(stored.map((row) => [row.device, row.whole]));
  const lost = Object.entries(sent).map(([device, messages]) => messages - (whole.get(device) ?? 0));
  return { lost: sum(lost), doubled: sum(stored.map((row) => row.doubled)) };
}

/**
 * Waits until every batch is committed on the ledger.
 *
 * @throws BiotError LEDGER_TIMEOUT
 */
export async function waitForAnchors(database: Queryable): Promise<void> {
  const done = await waitUntil(async () => (await countPending(database)) === 0, ANCHORED_WITHIN_MS);
  if (!done) throw new BiotError('LEDGER_TIMEOUT', `not all anchored within ${ANCHORED_WITHIN_MS / 1000} s`);
}

/** The instant at which the last anchor was seen to be committed, milliseconds since the Unix epoch. */
export async function lastAnchorInstant(database: Queryable): Promise<number> {
  const [row] = await select(
    database,
    z.object({ instant: z.date() }),
    "SELECT MAX(updated_at) AS instant FROM blockchain_tx WHERE status = 'committed'",
  );
  return row?.instant.getTime() ?? Number.NaN;
}

async function countPending(database: Queryable): Promise<number> {
  const [row] = await select(
    database,
    z.object({ pending: integerColumn }),
    "SELECT COUNT(*) AS pending FROM blockchain_tx WHERE status IN ('sealed', 'submitted')",
  );
  return row?.pending ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
