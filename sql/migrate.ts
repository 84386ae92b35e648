import type { Pool } from 'mariadb';
import { Umzug, type UmzugStorage } from 'umzug';
import { z } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { withConnection, withNamedLock } from './connection.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { type Migration, NAME, TABLE } from './migrations/migration.ts';
import { execute, type Queryable, select } from './query.ts';

/** Two starts at the same time must not run the same step twice: the second waits for the first. */
const LOCK_SECONDS = 60;

function storage(database: Queryable): UmzugStorage {
  return {
    logMigration: async ({ name }) => {
      await execute(database, 'INSERT INTO migrations (name) VALUES (?)', [name]);
    },
    unlogMigration: ({ name }) =>
      Promise.reject(new BiotError('INTERNAL', `migrations go forward only, ${name} too`)),
    executed: async () => {
      const rows = await select(
        database,
        z.object({ name: z.string() }),
        'SELECT name FROM migrations ORDER BY name',
      );
      return rows.map(({ name }) => name);
    },
  };
}

async function run(database: Queryable, migrations: readonly Migration[]): Promise<string[]> {
  await execute(
    database,
    `CREATE TABLE IF NOT EXISTS migrations (
      name VARCHAR(100) ${NAME} NOT NULL,
      executed_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (name)
    ) ${TABLE}`,
  );
  const umzug = new Umzug({
    migrations: migrations.map(({ name, statements }) => ({
      name,
      up: async () => {
        for (const statement of statements) await execute(database, statement);
      },
    })),
    storage: storage(database),
    logger: undefined,
  });
  const done = await umzug.up();
  return done.map(({ name }) => name);
}

/**
 * Brings the schema up to date, as the user that owns it. Harmless when it is, and when two do it at once.
 *
 * @returns the names of the steps that were run
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function migrate(pool: Pool, migrations: readonly Migration[] = MIGRATIONS): Promise<string[]> {
  const done = await withConnection(pool, (connection) =>
    withNamedLock(connection, { name: 'migrations', seconds: LOCK_SECONDS }, () =>
      run(connection, migrations),
    ),
  );
  if (done === undefined)
    throw new BiotError('DATABASE_UNAVAILABLE', 'another process is changing the schema');
  return done;
}
