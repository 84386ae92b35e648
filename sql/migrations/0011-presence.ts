import { type Migration, NAME, TABLE } from './migration.ts';

const STATES = "ENUM('online', 'offline', 'sleeping')";
const REASONS = "ENUM('lost', 'closed', 'silence', 'overslept', 'turned away')";

/**
 * Whether devices are there, and the last changes of that. When something was last heard of one stands in `devices`. There
 * is no foreign key to them: their projection may come later.
 */
export const presence: Migration = {
  name: '0011-presence',
  statements: [
    `CREATE TABLE IF NOT EXISTS presence (
      device_id VARCHAR(64) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      state ${STATES} ${NAME} NOT NULL,
      since DATETIME(3) NOT NULL,
      reason ${REASONS} ${NAME} NULL,
      wakes_at DATETIME(3) NULL,
      connection VARCHAR(64) NULL COMMENT 'that the broker vouches for',
      doubted_until DATETIME(3) NULL,
      seen_at DATETIME(3) NOT NULL COMMENT 'as of the last change',
      interval_ms BIGINT UNSIGNED NULL COMMENT 'between two messages, as was learnt',
      PRIMARY KEY (device_id),
      KEY presence_by_state (state, device_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS presence_events (
      event_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      state ${STATES} ${NAME} NOT NULL,
      reason ${REASONS} ${NAME} NULL,
      at DATETIME(3) NOT NULL,
      PRIMARY KEY (event_id),
      KEY presence_events_by_device (device_id, event_id),
      KEY presence_events_by_instant (at)
    ) ${TABLE}`,
  ],
};
