import { type Migration, NAME, TABLE } from './migration.ts';

/** People who sign in. Neither their passwords nor their keys can be read from here without the password. */
export const members: Migration = {
  name: '0005-members',
  statements: [
    `CREATE TABLE IF NOT EXISTS members (
      name VARCHAR(80) ${NAME} NOT NULL,
      role VARCHAR(32) ${NAME} NOT NULL,
      org VARCHAR(64) ${NAME} NOT NULL,
      password_hash VARCHAR(255) ${NAME} NOT NULL,
      certificate TEXT ${NAME} NOT NULL,
      sealed_key TEXT ${NAME} NOT NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (name)
    ) ${TABLE}`,
  ],
};
