import { type Migration, NAME, TABLE } from './migration.ts';

const SEVERITIES = "'critical', 'major', 'minor', 'warning', 'indeterminate'";

/**
 * The life of alerts, the rules that raise them, and what the rules remember of devices.
 *
 * Alerts from before are active and unacknowledged until a person says otherwise; `info` is `indeterminate` now. The
 * versions of a rule are only ever added to: the newest is the rule, and one without a definition is its end.
 */
export const alertLife: Migration = {
  name: '0009-alert-life',
  statements: [
    `ALTER TABLE alerts MODIFY severity ENUM(${SEVERITIES}, 'info') ${NAME} NOT NULL`,
    `UPDATE alerts SET severity = 'indeterminate' WHERE severity = 'info'`,
    `ALTER TABLE alerts MODIFY severity ENUM(${SEVERITIES}) ${NAME} NOT NULL`,
    `ALTER TABLE alerts
       ADD COLUMN IF NOT EXISTS rule_id VARCHAR(64) ${NAME} NULL,
       ADD COLUMN IF NOT EXISTS rule_version INT UNSIGNED NULL,
       ADD COLUMN IF NOT EXISTS times BIGINT UNSIGNED NOT NULL DEFAULT 1,
       ADD COLUMN IF NOT EXISTS last_value DOUBLE NULL,
       ADD COLUMN IF NOT EXISTS last_at DATETIME(3) NULL,
       ADD COLUMN IF NOT EXISTS cleared_at DATETIME(3) NULL,
       ADD COLUMN IF NOT EXISTS acknowledged_at DATETIME(3) NULL,
       ADD COLUMN IF NOT EXISTS assignee VARCHAR(100) NULL,
       ADD COLUMN IF NOT EXISTS snoozed_until DATETIME(3) NULL,
       ADD COLUMN IF NOT EXISTS escalate_at DATETIME(3) NULL,
       ADD COLUMN IF NOT EXISTS escalate_to ENUM(${SEVERITIES}) ${NAME} NULL,
       ADD KEY IF NOT EXISTS alerts_by_rule (rule_id, alert_id),
       ADD KEY IF NOT EXISTS alerts_to_escalate (escalate_at)`,
    `CREATE TABLE IF NOT EXISTS alert_events (
      event_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      alert_id BIGINT UNSIGNED NOT NULL,
      step VARCHAR(16) ${NAME} NOT NULL,
      author VARCHAR(100) NOT NULL,
      details JSON NOT NULL,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (event_id),
      KEY alert_events_by_alert (alert_id, event_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS alert_rules (
      change_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      rule_id VARCHAR(64) ${NAME} NOT NULL,
      version INT UNSIGNED NOT NULL,
      tenant VARCHAR(32) ${NAME} NULL,
      definition JSON NULL,
      author VARCHAR(100) NOT NULL,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (change_id),
      UNIQUE KEY alert_rules_by_version (rule_id, version)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS alert_states (
      rule_id VARCHAR(64) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      rule_version INT UNSIGNED NOT NULL,
      alert_id BIGINT UNSIGNED NULL,
      state JSON NOT NULL,
      PRIMARY KEY (rule_id, device_id)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS alert_progress (
      log_id VARCHAR(80) ${NAME} NOT NULL,
      next_sequence BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (log_id)
    ) ${TABLE}`,
  ],
};
