import { type Migration, NAME } from './migration.ts';

/**
 * Entries of the audit trail as they are hashed: one column for each field. An entry's id is its place, batch and leaf, as
 * a reading's is, so nothing counts it up any more.
 */
export const auditEntries: Migration = {
  name: '0008-audit-entries',
  statements: [
    `ALTER TABLE audit_logs
       MODIFY COLUMN log_id BIGINT UNSIGNED NOT NULL COMMENT 'batch and leaf',
       ADD COLUMN IF NOT EXISTS org VARCHAR(64) ${NAME} NULL AFTER actor,
       ADD COLUMN IF NOT EXISTS outcome ENUM('done', 'refused', 'failed') ${NAME} NOT NULL AFTER action,
       ADD COLUMN IF NOT EXISTS subject VARCHAR(200) NULL AFTER outcome,
       ADD COLUMN IF NOT EXISTS address VARCHAR(64) ${NAME} NULL AFTER details,
       ADD KEY IF NOT EXISTS audit_logs_by_actor (actor, created_at),
       ADD KEY IF NOT EXISTS audit_logs_by_action (action, created_at)`,
  ],
};
