import { z } from 'zod';

import type { AlertRuleDefinition } from '../../chaincode/protocol/alerts/rule.ts';
import { integerColumn, toDatetime } from '../columns.ts';
import { execute, type Queryable, select } from '../query.ts';

export interface AlertRuleChange {
  readonly id: string;
  readonly tenant: string | null;
  /** Null takes the rule away. */
  readonly definition: AlertRuleDefinition | null;
  readonly author: string;
  readonly now: number;
  /**
   * Told the version that stands, 0 where there is none or none any more, before there is a next one; what it throws
   * keeps all as it is.
   */
  readonly check?: (version: number) => void;
}

/** Adds a rule's next version. @returns its number @throws BiotError DATABASE_UNAVAILABLE or INTERNAL, and what `check` throws */
export async function changeAlertRule(
  transaction: Queryable,
  { id, tenant, definition, author, now, check }: AlertRuleChange,
): Promise<number> {
  // Locks the end of the rule's versions: of two changes at the same time the second follows the first.
  const [last] = await select(
    transaction,
    z.object({ version: integerColumn, stands: integerColumn }),
    'SELECT version, IF(definition IS NULL, 0, version) AS stands FROM alert_rules WHERE rule_id = ? ORDER BY version DESC LIMIT 1 FOR UPDATE',
    [id],
  );
  check?.(last?.stands ?? 0);
  const version = (last?.version ?? 0) + 1;
  await execute(
    transaction,
    'INSERT INTO alert_rules (rule_id, version, tenant, definition, author, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    [id, version, tenant, definition && JSON.stringify(definition), author, toDatetime(now)],
  );
  return version;
}
