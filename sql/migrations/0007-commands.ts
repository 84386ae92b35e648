import { type Migration, NAME, TABLE } from './migration.ts';

const LEDGER_STATES = "ENUM('pending approval', 'queued', 'rejected', 'cancelled')";
const STATES = `ENUM('pending approval', 'queued', 'sent', 'acknowledged', 'running', 'succeeded', 'failed', 'rejected',
  'expired', 'cancelled')`;

/**
 * `commands` is a projection of the ledger's commands; `device_commands`, one row for each of a command's devices, is what
 * became of it there. The table of that name from the first step was never used, and has another shape. There is no foreign
 * key to devices: their projection may come later. `issued_at` stands in both, so that lists by device or state are read off
 * an index in their order.
 */
export const commands: Migration = {
  name: '0007-commands',
  statements: [
    `CREATE TABLE IF NOT EXISTS commands (
      command_id CHAR(36) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      type VARCHAR(32) ${NAME} NOT NULL,
      name VARCHAR(40) ${NAME} NOT NULL,
      org VARCHAR(64) ${NAME} NOT NULL,
      group_name VARCHAR(32) ${NAME} NULL,
      parameters JSON NOT NULL,
      state ${LEDGER_STATES} ${NAME} NOT NULL COMMENT 'as the ledger has it',
      devices INT UNSIGNED NOT NULL,
      version INT UNSIGNED NOT NULL COMMENT 'of the catalogue entry',
      lifetime_seconds INT UNSIGNED NOT NULL,
      timeout_seconds INT UNSIGNED NOT NULL,
      issued_by VARCHAR(80) ${NAME} NOT NULL,
      issued_at DATETIME(3) NOT NULL,
      decided_by VARCHAR(80) ${NAME} NULL,
      decided_at DATETIME(3) NULL,
      cancelled_by VARCHAR(80) ${NAME} NULL,
      cancelled_at DATETIME(3) NULL,
      reason VARCHAR(500) NULL,
      expires_at DATETIME(3) NOT NULL,
      transaction CHAR(64) ${NAME} NOT NULL COMMENT 'that issued it',
      block BIGINT UNSIGNED NOT NULL COMMENT 'of that transaction',
      updated_at DATETIME(3) NOT NULL,
      PRIMARY KEY (command_id),
      KEY commands_by_tenant (tenant, issued_at, command_id),
      KEY commands_by_issue (issued_at, command_id)
    ) ${TABLE}`,
    'DROP TABLE IF EXISTS device_commands',
    `CREATE TABLE device_commands (
      command_id CHAR(36) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      state ${STATES} ${NAME} NOT NULL,
      issued_at DATETIME(3) NOT NULL,
      attempts INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times that it was handed to the broker',
      next_at DATETIME(3) NULL COMMENT 'when to hand it to the broker next',
      sent_at DATETIME(3) NULL,
      acknowledged_at DATETIME(3) NULL,
      finished_at DATETIME(3) NULL,
      deadline DATETIME(3) NOT NULL COMMENT 'when it leaves its state by itself',
      result JSON NULL,
      message VARCHAR(500) NULL,
      updated_at DATETIME(3) NOT NULL,
      PRIMARY KEY (command_id, device_id),
      KEY device_commands_by_device (device_id, issued_at, command_id),
      KEY device_commands_by_state (state, issued_at, command_id),
      KEY device_commands_by_deadline (state, deadline),
      KEY device_commands_to_send (next_at),
      CONSTRAINT device_commands_command FOREIGN KEY (command_id) REFERENCES commands (command_id)
    ) ${TABLE}`,
    // The timeline: of the whole command where no device is named.
    `CREATE TABLE IF NOT EXISTS command_events (
      event_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      command_id CHAR(36) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NULL,
      state ${STATES} ${NAME} NOT NULL,
      at DATETIME(3) NOT NULL,
      actor VARCHAR(100) NOT NULL,
      details JSON NULL,
      PRIMARY KEY (event_id),
      KEY command_events_by_command (command_id, event_id),
      CONSTRAINT command_events_command FOREIGN KEY (command_id) REFERENCES commands (command_id)
    ) ${TABLE}`,
    // How far somebody has read a channel and written down what it says.
    `CREATE TABLE IF NOT EXISTS ledger_positions (
      reader VARCHAR(64) ${NAME} NOT NULL,
      channel VARCHAR(64) ${NAME} NOT NULL,
      block BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (reader)
    ) ${TABLE}`,
  ],
};
