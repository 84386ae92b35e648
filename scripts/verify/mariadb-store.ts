import { type Connection, createConnection } from 'mariadb';
import { z } from 'zod';

import { auditEntryId } from '../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { batchIdRange } from '../../chaincode/protocol/reading-id.ts';
import {
  BATCHES,
  batchSchema,
  ENTRIES,
  entrySchema,
  RANGES,
  rangeSchema,
  READINGS,
  READINGS_OF_DEVICE,
  readingSchema,
  STRAY_OUTBOX,
  strayOutboxSchema,
  WITNESSES,
  witnessSchema,
} from './mariadb-rows.ts';
import type { Period, Store, StoreSnapshot } from './store.ts';

export interface MariadbOptions {
  socketPath: string;
  database: string;
  user: string;
  password: string;
}

const CONNECT_TIMEOUT_MS = 5000;
/** The last id a BIGINT UNSIGNED can hold: ids beyond those we make are searched, too. */
const LAST_ID = 2n ** 64n - 1n;

/** @throws BiotError DATABASE_UNAVAILABLE */
export async function openMariadb(options: MariadbOptions): Promise<Store> {
  const connection = await attempt(() =>
    createConnection({
      logParam: false,
      ...options,
      connectTimeout: CONNECT_TIMEOUT_MS,
      bigIntAsNumber: true,
      decimalAsNumber: true,
      initSql: ['SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ'],
    }),
  );
  const reader = new MariadbSnapshot(connection);
  return {
    snapshot: async (read) => {
      await attempt(() => connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'));
      const result = await read(reader);
      await attempt(() => connection.query('COMMIT'));
      return result;
    },
    // A stream may have been left in the middle: nothing is asked politely any more.
    close: () => {
      connection.destroy();
      return Promise.resolve();
    },
  };
}

class MariadbSnapshot implements StoreSnapshot {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  batches(from: number, limit: number): ReturnType<StoreSnapshot['batches']> {
    return this.#select(batchSchema, BATCHES, [from, limit]);
  }

  async witnesses(from: number, to: number | undefined): Promise<Map<number, Uint8Array>> {
    const rows = await this.#select(witnessSchema, WITNESSES, [from, lastBatch(to)]);
    return new Map(rows.map(({ id, messages }) => [id, messages]));
  }

  ranges(from: number, to: number | undefined): ReturnType<StoreSnapshot['ranges']> {
    return this.#select(rangeSchema, RANGES, [from, lastBatch(to)]);
  }

  entries(from: number, to: number | undefined): ReturnType<StoreSnapshot['entries']> {
    const first = auditEntryId({ batch: BigInt(from), leaf: 0 });
    const last = to === undefined ? LAST_ID : auditEntryId({ batch: BigInt(to), leaf: 0 }) - 1n;
    return this.#select(entrySchema, ENTRIES, [first, last]);
  }

  readings(from: number, to: number | undefined): ReturnType<StoreSnapshot['readings']> {
    const [first] = batchIdRange(BigInt(from));
    const last = to === undefined ? LAST_ID : batchIdRange(BigInt(to))[0] - 1n;
    return this.#stream(readingSchema, READINGS, [first, last]);
  }

  readingsOfDevice(device: string, { from, to }: Period): ReturnType<StoreSnapshot['readingsOfDevice']> {
    return this.#stream(readingSchema, READINGS_OF_DEVICE, [device, datetime(from), datetime(to)]);
  }

  async strayOutbox(): ReturnType<StoreSnapshot['strayOutbox']> {
    const rows = await this.#select(strayOutboxSchema, STRAY_OUTBOX, []);
    return rows.filter((entry) => entry !== undefined);
  }

  async #select<Row>(schema: z.ZodType<Row>, sql: string, values: readonly unknown[]): Promise<Row[]> {
    const rows: unknown = await attempt(() => this.#connection.query(sql, [...values]));
    return z
      .array(z.unknown())
      .parse(rows)
      .map((row) => parseRow(schema, row));
  }

  async *#stream<Row>(schema: z.ZodType<Row>, sql: string, values: readonly unknown[]): AsyncGenerator<Row> {
    const rows: AsyncIterable<unknown> = this.#connection.queryStream(sql, [...values]);
    try {
      for await (const row of rows) yield parseRow(schema, row);
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function lastBatch(to: number | undefined): bigint {
  return to === undefined ? LAST_ID : BigInt(to) - 1n;
}

const FIRST_DATE = Date.UTC(1000, 0, 1);
const LAST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** An instant, or the first or last that a DATETIME can hold. */
function datetime(instant: number): string {
  const date = new Date(Math.min(Math.max(instant, FIRST_DATE), LAST_DATE));
  return date.toISOString().slice(0, -1).replace('T', ' ');
}

/** Only a changed schema gives other rows. */
function parseRow<Row>(schema: z.ZodType<Row>, row: unknown): Row {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const column = issue?.path.join('.') ?? 'a column';
  throw new BiotError(
    'STORE_CORRUPT',
    `SQL's tables have another form than ours: ${column} ${issue?.message ?? ''}`,
  );
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): unknown {
  if (error instanceof BiotError) return error;
  return new BiotError('DATABASE_UNAVAILABLE', 'SQL cannot be read: is MariaDB running (npm run status)?', {
    cause: error,
  });
}
