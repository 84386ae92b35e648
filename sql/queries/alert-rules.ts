import { z } from 'zod';

import { type AlertRule, alertRuleDefinitionSchema } from '../../chaincode/protocol/alerts/rule.ts';
import { instantColumn, integerColumn, jsonColumn } from '../columns.ts';
import { type Queryable, select } from '../query.ts';

const COLUMNS = 'r.rule_id, r.version, r.tenant, r.definition, r.author, r.created_at';

/** One version of a rule: its definition is null where the rule was taken away. */
export interface AlertRuleVersion extends Omit<AlertRule, 'definition'> {
  readonly id: string;
  readonly tenant: string | null;
  readonly definition: AlertRule['definition'] | null;
}

const versionRow = z
  .object({
    rule_id: z.string(),
    version: integerColumn,
    tenant: z.string().nullable(),
    definition: jsonColumn.pipe(alertRuleDefinitionSchema.nullable()),
    author: z.string(),
    created_at: instantColumn,
  })
  .transform(({ rule_id: id, created_at: updatedAt, ...row }): AlertRuleVersion => ({
    id,
    updatedAt,
    ...row,
  }));

/** All rules as they are now, in the order of their ids. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function currentAlertRules(database: Queryable): Promise<AlertRule[]> {
  const rows = await select(
    database,
    versionRow,
    `SELECT ${COLUMNS} FROM alert_rules r
     LEFT JOIN alert_rules newer ON newer.rule_id = r.rule_id AND newer.version > r.version
     WHERE newer.rule_id IS NULL AND r.definition IS NOT NULL ORDER BY r.rule_id`,
  );
  return rows.flatMap(({ definition, version, author, updatedAt }) =>
    definition === null ? [] : [{ definition, version, author, updatedAt }],
  );
}

/** The newest first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function alertRuleVersions(database: Queryable, id: string): Promise<AlertRuleVersion[]> {
  return select(
    database,
    versionRow,
    `SELECT ${COLUMNS} FROM alert_rules r WHERE r.rule_id = ? ORDER BY r.version DESC LIMIT 100`,
    [id],
  );
}

/** Grows with each change of any rule; 0 before the first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function lastAlertRuleChange(database: Queryable): Promise<number> {
  const [row] = await select(
    database,
    z.object({ last: integerColumn }),
    'SELECT COALESCE(MAX(change_id), 0) AS last FROM alert_rules',
  );
  return row?.last ?? 0;
}
