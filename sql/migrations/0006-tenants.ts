import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * Rows that are somebody's say whose. Entries of the audit trail that name no known device are nobody's, and for those
 * alone who serve all tenants. `tenant_totals` runs along each log, as `batches.total_…` do for all tenants together.
 */
export const tenants: Migration = {
  name: '0006-tenants',
  statements: [
    `ALTER TABLE audit_logs
       ADD COLUMN IF NOT EXISTS tenant VARCHAR(32) ${NAME} NULL AFTER device_id,
       ADD KEY IF NOT EXISTS audit_logs_by_tenant (tenant, created_at)`,
    `UPDATE audit_logs a JOIN devices d ON d.device_id = a.device_id SET a.tenant = d.tenant WHERE a.tenant IS NULL`,
    `ALTER TABLE alerts ADD KEY IF NOT EXISTS alerts_by_tenant (tenant, created_at)`,
    `ALTER TABLE device_commands
       ADD COLUMN IF NOT EXISTS tenant VARCHAR(32) ${NAME} NOT NULL AFTER device_id,
       ADD KEY IF NOT EXISTS device_commands_by_tenant (tenant, created_at)`,
    `UPDATE device_commands c JOIN devices d ON d.device_id = c.device_id SET c.tenant = d.tenant WHERE c.tenant = ''`,
    `CREATE TABLE IF NOT EXISTS tenant_totals (
      log_id VARCHAR(80) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      messages BIGINT UNSIGNED NOT NULL,
      readings BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (log_id, tenant),
      KEY tenant_totals_by_tenant (tenant)
    ) ${TABLE}`,
    // A reading's id is made of its batch, its message's place there (with the batch: 58 bits) and its own.
    `INSERT INTO tenant_totals (log_id, tenant, messages, readings)
     SELECT b.log_id, t.tenant, COUNT(DISTINCT t.telemetry_id >> 6), COUNT(*)
     FROM telemetry t JOIN batches b ON b.batch_id = t.telemetry_id >> 20
     WHERE NOT EXISTS (SELECT 1 FROM tenant_totals)
     GROUP BY b.log_id, t.tenant`,
  ],
};
