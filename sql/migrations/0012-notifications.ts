import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * Telling people of alerts, away from where alerts are made.
 *
 * What becomes of an alert is noted by triggers, in the transaction that does it: so nothing that writes alerts can
 * forget to, and who may write alerts needs no right here. A note is taken away in the transaction that makes messages
 * of it. Notes have no position to be read from: one that got its number before another may be committed after it.
 */
export const notifications: Migration = {
  name: '0012-notifications',
  statements: [
    `CREATE TABLE IF NOT EXISTS alert_notices (
      notice_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      alert_id BIGINT UNSIGNED NOT NULL,
      step VARCHAR(16) ${NAME} NOT NULL,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (notice_id)
    ) ${TABLE}`,
    `CREATE TRIGGER IF NOT EXISTS alerts_are_told AFTER INSERT ON alerts FOR EACH ROW
       INSERT INTO alert_notices (alert_id, step, created_at) VALUES (NEW.alert_id, 'raise', NEW.created_at)`,
    `CREATE TRIGGER IF NOT EXISTS alert_events_are_told AFTER INSERT ON alert_events FOR EACH ROW
       INSERT INTO alert_notices (alert_id, step, created_at)
       SELECT NEW.alert_id, NEW.step, NEW.created_at FROM DUAL WHERE NEW.step IN ('escalate', 'acknowledge', 'clear')`,
    `CREATE TABLE IF NOT EXISTS notification_channels (
      channel_id CHAR(36) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NULL,
      member VARCHAR(100) ${NAME} NULL,
      definition JSON NOT NULL,
      sealed_secret VARBINARY(512) NULL,
      version INT UNSIGNED NOT NULL,
      author VARCHAR(100) NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      succeeded_at DATETIME(3) NULL,
      failed_at DATETIME(3) NULL,
      failure VARCHAR(300) NULL,
      PRIMARY KEY (channel_id)
    ) ${TABLE}`,
    // A message stays until it is taken, or thrown away by a person.
    `CREATE TABLE IF NOT EXISTS notification_messages (
      message_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      channel_id CHAR(36) ${NAME} NOT NULL,
      idempotency CHAR(36) ${NAME} NOT NULL DEFAULT UUID(),
      content JSON NOT NULL,
      attempts INT UNSIGNED NOT NULL DEFAULT 0,
      next_at DATETIME(3) NOT NULL,
      failure VARCHAR(300) NULL,
      created_at DATETIME(3) NOT NULL,
      dead_at DATETIME(3) NULL,
      PRIMARY KEY (message_id),
      KEY messages_by_channel (channel_id, dead_at, next_at),
      CONSTRAINT message_of_channel FOREIGN KEY (channel_id) REFERENCES notification_channels (channel_id) ON DELETE CASCADE
    ) ${TABLE}`,
  ],
};
