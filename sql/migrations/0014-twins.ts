import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * What is wanted of devices and what they say they have. `to_send` says that the device has to be told: whoever changes
 * what is wanted sets it, and ingest, which tells, takes it back.
 */
export const twins: Migration = {
  name: '0014-twins',
  statements: [
    `CREATE TABLE IF NOT EXISTS twins (
      device_id VARCHAR(64) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL COMMENT 'whose it is; of another there is none',
      desired JSON NOT NULL DEFAULT '{}',
      desired_version INT UNSIGNED NOT NULL DEFAULT 0,
      desired_at DATETIME(3) NULL,
      desired_by VARCHAR(80) ${NAME} NULL,
      reported JSON NOT NULL DEFAULT '{}',
      reported_version INT UNSIGNED NOT NULL DEFAULT 0,
      reported_at DATETIME(3) NULL,
      seen_version INT UNSIGNED NULL COMMENT 'of what is wanted, as the device says',
      to_send BOOLEAN NOT NULL DEFAULT FALSE,
      PRIMARY KEY (device_id),
      KEY twins_to_send (to_send)
    ) ${TABLE}`,
  ],
};
