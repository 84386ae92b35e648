import type { Migration } from './migration.ts';

/**
 * What a report sums up is read off an index alone. `code` and `times` are what details say of a refusal: texts are cut,
 * because whatever is in a row must go into its index.
 */
export const report: Migration = {
  name: '0013-report',
  statements: [
    `ALTER TABLE audit_logs
       ADD COLUMN IF NOT EXISTS code VARCHAR(64) AS (LEFT(JSON_VALUE(details, '$.code'), 64)) VIRTUAL,
       ADD COLUMN IF NOT EXISTS times INT UNSIGNED AS (IF(JSON_VALUE(details, '$.number') REGEXP '^[0-9]{1,9}$',
         JSON_VALUE(details, '$.number'), 1)) VIRTUAL`,
    `ALTER TABLE audit_logs
       ADD KEY IF NOT EXISTS audit_logs_for_reports (created_at, tenant, outcome, action, actor, org, code, times),
       ADD KEY IF NOT EXISTS audit_logs_by_transaction (blockchain_hash)`,
    `ALTER TABLE batches ADD KEY IF NOT EXISTS batches_for_reports (created_at, log_id, sequence, size, readings)`,
    `ALTER TABLE device_commands ADD KEY IF NOT EXISTS device_commands_for_reports (issued_at, tenant, state)`,
  ],
};
