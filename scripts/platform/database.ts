import { userInfo } from 'node:os';

import { createConnection } from 'mariadb';

import type { Home } from '../../network/home/home.ts';
import { startProcess } from '../../network/processes/process-manager.ts';
import { DATABASE_NAME, type DatabaseUser, homeDatabase } from '../../sql/connect.ts';
import { prepareDatabase } from '../../sql/prepare.ts';
import { createDatabase, databaseSocket, mariadbProcess } from './mariadb.ts';
import { databasePassword } from './secrets.ts';

/** Partitions are kept by ingest later; the first ones, and all that is older, are made here. */
const FIRST_PARTITIONS = { retentionDays: 0, monthsAhead: 3 };

/** A server that has just made its files answers the first connections late on a busy machine. */
const CONNECT_WITHIN_MS = 60_000;

/** Starts the database server, as its administrator makes users and schema, and brings them up to date. */
export async function startDatabase(home: Home): Promise<void> {
  await createDatabase(home);
  await startProcess(home, mariadbProcess(home));
  const password = (user: DatabaseUser): string => databasePassword(home, user);
  const passwords = {
    biot: password('biot'),
    biot_ingest: password('biot_ingest'),
    biot_gateway: password('biot_gateway'),
    biot_auditor: password('biot_auditor'),
    biot_maintenance: password('biot_maintenance'),
    biot_notifier: password('biot_notifier'),
  };
  // The server knows its administrator by the user that runs it (plugin unix_socket): there is no password to lose.
  const administrator = await createConnection({
    socketPath: databaseSocket(home),
    user: userInfo().username,
    connectTimeout: CONNECT_WITHIN_MS,
    // Otherwise the connector quotes a failed statement's values, passwords too.
    logParam: false,
  });
  try {
    const owner = { ...homeDatabase(home, 'biot'), database: DATABASE_NAME, patienceMs: CONNECT_WITHIN_MS };
    const now = Date.now();
    await prepareDatabase({ administrator, owner, passwords, now, settings: FIRST_PARTITIONS });
  } finally {
    await administrator.end();
  }
}
