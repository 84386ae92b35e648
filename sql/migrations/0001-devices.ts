import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * `devices` is a projection of the ledger's registry for joins and lists. It decides nothing. Only `last_seen` is
 * known here alone. Its rows are also what ingest workers lock, so that no two store one device's message twice.
 */
export const devices: Migration = {
  name: '0001-devices',
  statements: [
    `CREATE TABLE IF NOT EXISTS devices (
      device_id VARCHAR(64) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      blockchain_id CHAR(64) ${NAME} NOT NULL COMMENT 'transaction of the last change',
      type VARCHAR(32) ${NAME} NOT NULL,
      org VARCHAR(64) ${NAME} NOT NULL,
      status ENUM('registered', 'active', 'suspended', 'revoked') ${NAME} NOT NULL,
      epoch INT UNSIGNED NOT NULL,
      created_at DATETIME(3) NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      last_seen DATETIME(3) NULL,
      PRIMARY KEY (device_id),
      KEY devices_by_status (status, device_id),
      KEY devices_by_type (type, device_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS device_commands (
      command_id VARCHAR(64) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      type VARCHAR(64) ${NAME} NOT NULL,
      payload JSON NOT NULL,
      status VARCHAR(32) ${NAME} NOT NULL,
      executed_at DATETIME(3) NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (command_id),
      KEY device_commands_by_device (device_id, created_at),
      CONSTRAINT device_commands_device FOREIGN KEY (device_id) REFERENCES devices (device_id)
    ) ${TABLE}`,
  ],
};
