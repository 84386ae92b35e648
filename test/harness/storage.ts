import { randomBytes } from 'node:crypto';

import mariadb, { type Connection, type Pool } from 'mariadb';

import { NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { BatchWriter } from '../../ingest/store/batch-writer.ts';
import { LogTail } from '../../network/anchoring/log-tail.ts';
import { connect, type Database, type DatabaseOptions, homeDatabase } from '../../sql/connect.ts';
import { withConnection } from '../../sql/connection.ts';
import { migrate } from '../../sql/migrate.ts';
import type { Models } from '../../sql/models/index.ts';
import { maintainPartitions } from '../../sql/partition-maintenance.ts';
import { storedHeaders } from '../../sql/queries/log-headers.ts';
import { type Transact, transactions } from '../../sql/transaction.ts';
import { testHome } from './instance.ts';

export const LOG = 'ingest-1@operator';
export const NOW = Date.UTC(2026, 5, 15, 12);
export const KEEP = { retentionDays: 0, monthsAhead: 3 };

/** A database on the instance's server, with our schema, as its owner sees it. */
export class TestStorage {
  readonly options: DatabaseOptions = {
    ...homeDatabase(testHome(), 'biot'),
    database: `biot_test_${randomBytes(4).toString('hex')}`,
  };
  #database: Database | undefined;

  async create(): Promise<void> {
    await this.#administer((connection) => connection.query(`CREATE DATABASE ${this.options.database}`));
    this.#database = connect(this.options);
    await migrate(this.pool);
    await maintainPartitions(this.pool, NOW, KEEP);
  }

  async empty(): Promise<void> {
    await withConnection(this.pool, async (connection) => {
      await connection.query('SET FOREIGN_KEY_CHECKS = 0');
      for (const table of ['telemetry', 'batch_ranges', 'blockchain_tx', 'batches', 'alerts', 'devices'])
        await connection.query(`DELETE FROM ${table}`);
      await connection.query('SET FOREIGN_KEY_CHECKS = 1');
    });
  }

  async drop(): Promise<void> {
    await this.#database?.close();
    await this.#administer((connection) =>
      connection.query(`DROP DATABASE IF EXISTS ${this.options.database}`),
    );
  }

  get pool(): Pool {
    return this.#opened().pool;
  }

  get models(): Models {
    return this.#opened().models;
  }

  writer(transact: Transact = transactions(this.pool), logId = LOG): BatchWriter {
    return new BatchWriter({ logId, tail: this.tail(logId), transact, now: () => NOW });
  }

  /** The end of a log of which the ledger has nothing. */
  tail(logId = LOG): LogTail {
    return new LogTail({
      logId,
      stored: (numbers) => storedHeaders(this.pool, logId, numbers),
      checkpoint: () => Promise.resolve({ logId, size: 0, root: NO_PREVIOUS, head: NO_PREVIOUS }),
    });
  }

  /** On a connection to the server that has not chosen a database. */
  async #administer<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const { socket: socketPath, user, password } = this.options;
    const connection = await mariadb.createConnection({ socketPath, user, password });
    return work(connection).finally(() => connection.end());
  }

  #opened(): Database {
    if (this.#database === undefined) throw new Error('the database is made before the first test');
    return this.#database;
  }
}

/** A database for the tests of the suite that asks for it, empty before each of them. */
export function testStorage(): TestStorage {
  const storage = new TestStorage();
  before(() => storage.create());
  after(() => storage.drop());
  beforeEach(() => storage.empty());
  return storage;
}
