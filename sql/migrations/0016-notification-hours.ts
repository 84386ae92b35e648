import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * How many messages came of a channel in an hour: a message that was taken is deleted, and so is a channel that nobody needs any
 * more, but what a report says of last year stays.
 */
export const notificationHours: Migration = {
  name: '0016-notification-hours',
  statements: [
    `CREATE TABLE IF NOT EXISTS notification_hours (
      channel_id CHAR(36) ${NAME} NOT NULL,
      hour DATETIME NOT NULL COMMENT 'its beginning',
      tenant VARCHAR(32) ${NAME} NULL,
      name VARCHAR(80) NOT NULL,
      kind VARCHAR(16) ${NAME} NOT NULL,
      delivered INT UNSIGNED NOT NULL DEFAULT 0,
      failed INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'attempts',
      dead INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'given up on',
      PRIMARY KEY (channel_id, hour),
      KEY notification_hours_for_reports (hour, tenant)
    ) ${TABLE}`,
  ],
};
