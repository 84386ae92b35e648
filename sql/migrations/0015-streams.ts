import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * Telemetry that goes on to others. A cursor is where a stream stands in a log: the batch and the message in it that come
 * next. `until_…` is where the delivery ends that is under way, written before it is sent: after a crash the same one is made again.
 */
export const streams: Migration = {
  name: '0015-streams',
  statements: [
    `CREATE TABLE IF NOT EXISTS streams (
      stream_id CHAR(36) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NULL,
      definition JSON NOT NULL,
      sealed_secret VARBINARY(512) NULL,
      version INT UNSIGNED NOT NULL,
      author VARCHAR(100) NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      delivered_at DATETIME(3) NULL,
      failed_at DATETIME(3) NULL,
      failure VARCHAR(300) NULL,
      PRIMARY KEY (stream_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS stream_cursors (
      stream_id CHAR(36) ${NAME} NOT NULL,
      log_id VARCHAR(80) ${NAME} NOT NULL,
      next_sequence BIGINT UNSIGNED NOT NULL,
      next_leaf INT UNSIGNED NOT NULL DEFAULT 0,
      until_sequence BIGINT UNSIGNED NULL,
      until_leaf INT UNSIGNED NULL,
      PRIMARY KEY (stream_id, log_id),
      CONSTRAINT cursor_of_stream FOREIGN KEY (stream_id) REFERENCES streams (stream_id) ON DELETE CASCADE
    ) ${TABLE}`,
  ],
};
