import { readFileSync } from 'node:fs';

import mariadb, { type ConnectionConfig, type Pool } from 'mariadb';
import { Sequelize } from 'sequelize';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { defineModels, type Models } from './models/index.ts';

/** Users of the database, by what they may do (see `users.ts`); `biot` owns the schema. */
export type DatabaseUser =
  'biot' | 'biot_ingest' | 'biot_gateway' | 'biot_auditor' | 'biot_maintenance' | 'biot_notifier';

export interface DatabaseOptions {
  /** Path of MariaDB's unix socket: the server has no network listener. */
  readonly socket: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The most connections that are held at one time; they are made when first needed. */
  readonly connections?: number;
  /** How long, in milliseconds, a connection may take to be made. By default a few seconds: who asks can ask again. */
  readonly patienceMs?: number;
}

/** The two ways to the database: the connector for bulk and for queries that count, models for the rest. */
export interface Database {
  readonly pool: Pool;
  readonly sequelize: Sequelize;
  readonly models: Models;
  close(): Promise<void>;
}

export const DATABASE_NAME = 'biot';

const DEFAULT_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 2_000;
const ACQUIRE_TIMEOUT_MS = 5_000;
/** Longer than any transaction of ours, shorter than the patience of a person. */
const LOCK_WAIT_SECONDS = 10;

/**
 * Strict mode refuses what would otherwise be cut or rounded to fit. Under READ COMMITTED a transaction that waited
 * for a lock sees what the transaction before it committed, which is what makes the check for redeliveries hold.
 */
const SESSION = [
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
];

/** How both ways talk to the server: instants are UTC, the session is strict. */
function sessionOptions(options: DatabaseOptions): ConnectionConfig {
  return {
    socketPath: options.socket,
    database: options.database,
    user: options.user,
    password: options.password,
    timezone: 'Z',
    initSql: SESSION,
    connectTimeout: options.patienceMs ?? CONNECT_TIMEOUT_MS,
    // Otherwise errors, and so the log, would show the values: password hashes and sealed keys among them.
    logParam: false,
  };
}

/**
 * A pool of connections. Nothing is connected before the first query. Nothing is squeezed into a double: BIGINT comes
 * as a bigint, DECIMAL as text.
 */
export function connectPool(options: DatabaseOptions): Pool {
  return mariadb.createPool({
    ...sessionOptions(options),
    connectionLimit: options.connections ?? DEFAULT_CONNECTIONS,
    minimumIdle: 0,
    acquireTimeout: options.patienceMs ?? ACQUIRE_TIMEOUT_MS,
    // A reset would take the session's settings with it; what is open is rolled back all the same.
    resetAfterUse: false,
  });
}

/** Sequelize on the same server, with the same session settings; BIGINT and DECIMAL come as text. */
export function connectSequelize(options: DatabaseOptions): Sequelize {
  const { socketPath, initSql, connectTimeout, logParam } = sessionOptions(options);
  return new Sequelize({
    dialect: 'mariadb',
    dialectModule: mariadb,
    database: options.database,
    username: options.user,
    password: options.password,
    timezone: '+00:00',
    logging: false,
    pool: { max: options.connections ?? DEFAULT_CONNECTIONS, min: 0, acquire: ACQUIRE_TIMEOUT_MS },
    dialectOptions: {
      socketPath,
      initSql,
      connectTimeout,
      logParam,
      supportBigNumbers: true,
      bigNumberStrings: true,
    },
  });
}

export function connect(options: DatabaseOptions): Database {
  const pool = connectPool(options);
  const sequelize = connectSequelize(options);
  return {
    pool,
    sequelize,
    models: defineModels(sequelize),
    close: async () => {
      await Promise.all([pool.end(), sequelize.close()]);
    },
  };
}

/** What `network/home` gives: only its paths are needed here. */
export interface HomePaths {
  path(...segments: string[]): string;
}

/** @throws BiotError NOT_SET_UP when the home has no password for that user. */
export function homeDatabase(home: HomePaths, user: DatabaseUser): DatabaseOptions {
  return {
    socket: home.path('run', 'mariadb.sock'),
    database: DATABASE_NAME,
    user,
    password: readPassword(home.path('secrets', `mariadb-${user}.password`)),
  };
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new BiotError('NOT_SET_UP', `there is no password in ${file}: run npm start first`, { cause });
  }
}
