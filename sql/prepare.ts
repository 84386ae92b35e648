import { connectPool, type DatabaseOptions, type DatabaseUser } from './connect.ts';
import { withConnection } from './connection.ts';
import { migrate } from './migrate.ts';
import { type MaintenanceSettings, maintainPartitions } from './partition-maintenance.ts';
import type { Queryable } from './query.ts';
import { createUsers, grantPrivileges } from './users.ts';

export interface Preparation {
  /** A connection as the server's administrator: root over the unix socket. */
  readonly administrator: Queryable;
  /** How `biot`, the owner, will connect. */
  readonly owner: DatabaseOptions;
  readonly passwords: Readonly<Record<DatabaseUser, string>>;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly settings: MaintenanceSettings;
}

/**
 * Takes an empty server, or one that was prepared before, to where the platform can start: users, schema, rights and
 * partitions.
 *
 * @returns the migrations that were run
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function prepareDatabase(preparation: Preparation): Promise<string[]> {
  const { administrator, owner, passwords, now, settings } = preparation;
  await createUsers(administrator, { database: owner.database, passwords });
  const pool = connectPool({ ...owner, connections: 1 });
  try {
    const migrations = await migrate(pool);
    await withConnection(pool, (connection) => grantPrivileges(connection, owner.database));
    await maintainPartitions(pool, now, settings);
    return migrations;
  } finally {
    await pool.end();
  }
}
