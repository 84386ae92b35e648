import { currentAlertRules, lastAlertRuleChange } from '../../sql/queries/alert-rules.ts';
import { alertsToEscalate } from '../../sql/queries/alerts.ts';
import { allLastSeen } from '../../sql/queries/devices.ts';
import { nextBatch } from '../../sql/queries/log-messages.ts';
import type { Queryable } from '../../sql/query.ts';
import { alertProgress, ruleStates } from '../../sql/writers/alert-states.ts';
import type { AlertStore } from './alert-watch.ts';

const ESCALATED_AT_ONCE = 100;

export function databaseAlertStore(database: Queryable, logId: string): AlertStore {
  return {
    lastChange: () => lastAlertRuleChange(database),
    rules: () => currentAlertRules(database),
    states: () => ruleStates(database),
    lastSeen: () => allLastSeen(database),
    progress: () => alertProgress(database, logId),
    nextBatch: (from) => nextBatch(database, logId, from),
    toEscalate: (now) => alertsToEscalate(database, now, ESCALATED_AT_ONCE),
  };
}
