import { type Migration, NAME, TABLE } from './migration.ts';

/** What went wrong, and who did what. Both are only ever added to; alerts fall under the retention setting. */
export const alertsAndAudit: Migration = {
  name: '0004-alerts-and-audit',
  statements: [
    `CREATE TABLE IF NOT EXISTS alerts (
      alert_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      device_id VARCHAR(64) ${NAME} NULL,
      tenant VARCHAR(32) ${NAME} NULL,
      type VARCHAR(64) ${NAME} NOT NULL,
      severity ENUM('info', 'warning', 'critical') ${NAME} NOT NULL,
      value DOUBLE NULL,
      details JSON NOT NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (alert_id, created_at),
      KEY alerts_by_device (device_id, created_at),
      KEY alerts_by_creation (created_at)
    ) ${TABLE}
    PARTITION BY RANGE COLUMNS (created_at) (PARTITION p_future VALUES LESS THAN (MAXVALUE))`,
    // No foreign key to devices: the trail also names devices that nobody knows.
    `CREATE TABLE IF NOT EXISTS audit_logs (
      log_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      device_id VARCHAR(64) ${NAME} NULL,
      actor VARCHAR(100) NOT NULL,
      action VARCHAR(64) ${NAME} NOT NULL,
      details JSON NOT NULL,
      blockchain_hash CHAR(64) ${NAME} NULL,
      created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
      PRIMARY KEY (log_id),
      KEY audit_logs_by_device (device_id, created_at),
      KEY audit_logs_by_creation (created_at)
    ) ${TABLE}`,
  ],
};
