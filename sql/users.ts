import { SqlError } from 'mariadb';

import { BiotError } from '../chaincode/protocol/errors.ts';
import type { DatabaseUser } from './connect.ts';
import { databaseError } from './errors.ts';
import type { Queryable } from './query.ts';

/** Everyone but the owner of the schema. */
export type ServiceUser = Exclude<DatabaseUser, 'biot'>;

interface Grant {
  readonly privileges: string;
  readonly tables: readonly string[];
}

const EVIDENCE_TABLES = ['telemetry', 'batches', 'batch_ranges', 'blockchain_tx'] as const;
const COMMAND_TABLES = ['commands', 'device_commands', 'command_events'] as const;
const ALERT_TABLES = ['alerts', 'alert_events', 'alert_rules'] as const;
const PRESENCE_TABLES = ['presence', 'presence_events'] as const;
const ROLLOUT_TABLES = ['rollouts', 'rollout_devices'] as const;
const OTHER_TABLES = [
  ...['devices', 'audit_logs', 'tenant_totals'],
  ...COMMAND_TABLES,
  ...ALERT_TABLES,
  ...PRESENCE_TABLES,
  ...ROLLOUT_TABLES,
  'twins',
] as const;
const NOTIFICATION_TABLES = ['notification_channels', 'notification_messages'] as const;
const STREAM_TABLES = ['streams', 'stream_cursors'] as const;
const STREAM_PUT = 'UPDATE (tenant, definition, sealed_secret, version, author, updated_at)';
/** Of batches what the notifier follows them by; the headers are none of its business. */
const FOLLOWED = 'SELECT (batch_id, log_id, sequence, readings, total_readings, messages)';
const CHANNEL_PUT = 'UPDATE (tenant, member, definition, sealed_secret, version, author, updated_at)';
const ALERT_LIFE = 'UPDATE (severity, cleared_at, acknowledged_at, assignee, snoozed_until, escalate_at)';

/**
 * What each user may do; all else is refused by the server.
 *
 * - `biot_ingest` writes on the hot path. It adds readings and batches, and can neither change nor remove one. It keeps
 *   alerts and what the rules remember; the rules themselves it only reads.
 * - `biot_maintenance` makes and drops partitions (ALTER TABLE needs CREATE and INSERT too), deletes readings that their
 *   type does not keep, and clears the witness of batches whose readings are dropped. It is a user of its own so that a
 *   hole in the hot path does not open this.
 * - `biot_gateway` reads, adds what people do as batches of its own log, and changes passwords. It could lock people out by
 *   that, but not sign as one of them: the key that fits the certificate is sealed with the former password and nowhere else.
 * - `biot_notifier` reads alerts, and makes and sends messages about them; it reads stored messages of devices, which streams
 *   send on, and notes how far it came. It handles what strangers answer, so it sees nothing else; secrets of channels and
 *   streams it reads are sealed for a key that is in no database.
 * - `biot_auditor` reads all that evidence is made of. Nobody's password hash or sealed key is evidence.
 */
const GRANTS: Readonly<Record<ServiceUser, readonly Grant[]>> = {
  biot_ingest: [
    { privileges: 'INSERT', tables: ['telemetry', 'audit_logs', 'alert_events'] },
    { privileges: 'SELECT', tables: ['alert_rules'] },
    { privileges: 'SELECT, INSERT', tables: ['batches', 'batch_ranges', 'blockchain_tx', 'alerts'] },
    { privileges: ALERT_LIFE, tables: ['alerts'] },
    { privileges: 'UPDATE (times, last_value, last_at)', tables: ['alerts'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ['alert_progress'] },
    { privileges: 'SELECT, INSERT, UPDATE, DELETE', tables: ['alert_states'] },
    { privileges: 'UPDATE (tx_hash, status, block_number, updated_at)', tables: ['blockchain_tx'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ['devices', 'tenant_totals'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ['commands', 'device_commands', 'ledger_positions'] },
    { privileges: 'SELECT, INSERT', tables: ['command_events'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ['presence', 'twins'] },
    { privileges: 'SELECT, INSERT, DELETE', tables: ['presence_events'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ROLLOUT_TABLES },
  ],
  biot_gateway: [
    { privileges: 'SELECT', tables: [...EVIDENCE_TABLES, ...OTHER_TABLES, 'members'] },
    { privileges: 'INSERT', tables: [...ALERT_TABLES, 'audit_logs', 'batches', 'blockchain_tx'] },
    { privileges: 'UPDATE (tx_hash, status, block_number, updated_at)', tables: ['blockchain_tx'] },
    { privileges: ALERT_LIFE, tables: ['alerts'] },
    { privileges: 'INSERT, UPDATE', tables: ['twins'] },
    { privileges: 'UPDATE (password_hash, sealed_key)', tables: ['members'] },
    { privileges: 'SELECT, INSERT, DELETE', tables: NOTIFICATION_TABLES },
    { privileges: CHANNEL_PUT, tables: ['notification_channels'] },
    { privileges: 'UPDATE (attempts, next_at, dead_at)', tables: ['notification_messages'] },
    { privileges: 'SELECT', tables: ['notification_hours'] },
    { privileges: 'SELECT, INSERT', tables: STREAM_TABLES },
    { privileges: STREAM_PUT, tables: ['streams'] },
    { privileges: 'DELETE', tables: ['streams'] },
  ],
  biot_auditor: [{ privileges: 'SELECT', tables: [...EVIDENCE_TABLES, ...OTHER_TABLES] }],
  biot_maintenance: [
    { privileges: 'SELECT, ALTER, CREATE, INSERT, DROP', tables: ['telemetry', 'alerts'] },
    { privileges: 'DELETE', tables: ['telemetry'] },
    { privileges: 'SELECT, UPDATE (messages)', tables: ['batches'] },
  ],
  biot_notifier: [
    { privileges: 'SELECT', tables: ['alerts'] },
    { privileges: 'SELECT, DELETE', tables: ['alert_notices', 'notification_channels'] },
    { privileges: 'UPDATE (succeeded_at, failed_at, failure)', tables: ['notification_channels'] },
    { privileges: 'SELECT, INSERT, UPDATE, DELETE', tables: ['notification_messages', 'notification_hours'] },
    { privileges: 'SELECT', tables: ['streams'] },
    { privileges: 'UPDATE (delivered_at, failed_at, failure)', tables: ['streams'] },
    { privileges: 'SELECT, INSERT, UPDATE', tables: ['stream_cursors'] },
    { privileges: FOLLOWED, tables: ['batches'] },
    { privileges: 'SELECT (device_id, type)', tables: ['devices'] },
  ],
};

/** What users were given by earlier versions, on tables of the same name: it has to be taken back. */
const FORMER_GRANTS: readonly {
  readonly user: ServiceUser;
  readonly privilege: string;
  readonly table: string;
}[] = [{ user: 'biot_gateway', privilege: 'INSERT', table: 'device_commands' }];
/** ER_NONEXISTING_TABLE_GRANT and ER_NONEXISTING_GRANT: there is nothing to take back. */
const NOTHING_GRANTED: readonly number[] = [1147, 1141];

const SERVICE_USERS: readonly ServiceUser[] = [
  'biot_ingest',
  'biot_gateway',
  'biot_auditor',
  'biot_maintenance',
  'biot_notifier',
];
export const DATABASE_USERS: readonly DatabaseUser[] = ['biot', ...SERVICE_USERS];

/** An identifier cannot be a placeholder. Ours are constants, except the name of the database. */
function identifier(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,60}$/.test(name)) throw new RangeError(`not a name of a database: ${name}`);
  return `\`${name}\``;
}

async function run(connection: Queryable, sql: string, values: readonly unknown[] = []): Promise<void> {
  try {
    await connection.query(sql, values);
  } catch (error) {
    throw databaseError(error);
  }
}

/** Without the cause: unless told otherwise, the connector shows a statement's values in its errors. */
async function runSecretly(connection: Queryable, sql: string, values: readonly unknown[]): Promise<void> {
  try {
    await connection.query(sql, values);
  } catch (error) {
    const code = error instanceof SqlError ? (error.code ?? error.errno) : 'unknown';
    throw new BiotError('INTERNAL', `the database refused to set up a user: ${code}`);
  }
}

/**
 * Makes the database and its users, as the server's administrator (root over the unix socket). Users can only come
 * from this machine. The owner also gets databases named `biot_…`, which tests make and drop. Harmless when all is
 * there; the passwords are set to those given.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function createUsers(
  administrator: Queryable,
  { database, passwords }: { database: string; passwords: Readonly<Record<DatabaseUser, string>> },
): Promise<void> {
  await run(administrator, `CREATE DATABASE IF NOT EXISTS ${identifier(database)} CHARACTER SET utf8mb4`);
  for (const user of DATABASE_USERS) {
    await runSecretly(administrator, "CREATE USER IF NOT EXISTS ?@'localhost' IDENTIFIED BY ?", [
      user,
      passwords[user],
    ]);
    await runSecretly(administrator, "ALTER USER ?@'localhost' IDENTIFIED BY ?", [user, passwords[user]]);
  }
  for (const scope of [identifier(database), '`biot\\_%`']) {
    await run(administrator, `GRANT ALL PRIVILEGES ON ${scope}.* TO ?@'localhost' WITH GRANT OPTION`, [
      'biot',
    ]);
  }
}

/**
 * Gives each user its rights on the tables of a database, as the owner and after the migrations.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function grantPrivileges(owner: Queryable, database: string): Promise<void> {
  for (const { user, privilege, table } of FORMER_GRANTS) {
    await owner
      .query(`REVOKE ${privilege} ON ${identifier(database)}.${identifier(table)} FROM ?@'localhost'`, [user])
      .catch((error: unknown) => {
        if (!(error instanceof SqlError && NOTHING_GRANTED.includes(error.errno))) throw databaseError(error);
      });
  }
  for (const user of SERVICE_USERS) {
    for (const { privileges, tables } of GRANTS[user]) {
      for (const table of tables) {
        await run(
          owner,
          `GRANT ${privileges} ON ${identifier(database)}.${identifier(table)} TO ?@'localhost'`,
          [user],
        );
      }
    }
  }
}
