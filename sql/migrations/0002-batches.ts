import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * A batch, its ranges and its place in the outbox. `messages` is the witness copy: the canonical messages as they
 * were hashed. `total_messages` and `total_readings` run along each log, so totals are read from its last row.
 */
export const batches: Migration = {
  name: '0002-batches',
  statements: [
    `CREATE TABLE IF NOT EXISTS batches (
      batch_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      log_id VARCHAR(80) ${NAME} NOT NULL,
      sequence BIGINT UNSIGNED NOT NULL,
      size INT UNSIGNED NOT NULL,
      readings INT UNSIGNED NOT NULL,
      total_messages BIGINT UNSIGNED NOT NULL,
      total_readings BIGINT UNSIGNED NOT NULL,
      root BINARY(32) NOT NULL,
      previous BINARY(32) NOT NULL,
      ranges_root BINARY(32) NOT NULL,
      header_hash BINARY(32) NOT NULL,
      messages LONGBLOB NULL COMMENT 'null once retention has dropped its readings',
      earliest DATETIME(3) NOT NULL,
      latest DATETIME(3) NOT NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (batch_id),
      UNIQUE KEY batches_by_log (log_id, sequence),
      KEY batches_by_creation (created_at),
      KEY batches_by_latest (latest)
    ) ${TABLE}`,
    // A secondary key holds the primary key too: looking up an overlap never touches the rows.
    `CREATE TABLE IF NOT EXISTS batch_ranges (
      batch_id BIGINT UNSIGNED NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      epoch INT UNSIGNED NOT NULL,
      first_seq BIGINT UNSIGNED NOT NULL,
      last_seq BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (batch_id, device_id, epoch, first_seq),
      KEY batch_ranges_by_device (device_id, epoch, last_seq),
      CONSTRAINT batch_ranges_batch FOREIGN KEY (batch_id) REFERENCES batches (batch_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS blockchain_tx (
      tx_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      device_id VARCHAR(64) ${NAME} NULL,
      batch_id BIGINT UNSIGNED NULL,
      log_id VARCHAR(80) ${NAME} NULL,
      sequence BIGINT UNSIGNED NULL,
      tx_hash CHAR(64) ${NAME} NULL,
      status ENUM('sealed', 'submitted', 'committed') ${NAME} NOT NULL,
      block_number BIGINT UNSIGNED NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      updated_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (tx_id),
      UNIQUE KEY blockchain_tx_by_batch (batch_id),
      KEY blockchain_tx_by_log (log_id, status, sequence),
      KEY blockchain_tx_by_block (status, block_number),
      KEY blockchain_tx_by_device (device_id, created_at),
      CONSTRAINT blockchain_tx_batch FOREIGN KEY (batch_id) REFERENCES batches (batch_id)
    ) ${TABLE}`,
  ],
};
