/** What the gateway asks the database about alerts: `sqlAlertStore` answers it in operation, memory in tests. */
import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import type { Database } from '../../sql/connect.ts';
import {
  type AlertRuleVersion,
  alertRuleVersions,
  currentAlertRules,
} from '../../sql/queries/alert-rules.ts';
import {
  alertEvents,
  alertOf,
  alertPage,
  type AlertQuery,
  type StoredAlert,
  type StoredAlertEvent,
} from '../../sql/queries/alerts.ts';
import { type HistoryQuery, type PastReading, pastReadings } from '../../sql/queries/history.ts';
import { transactions } from '../../sql/transaction.ts';
import { takeStep, type TakenStep } from '../../sql/writers/alert-life.ts';
import { type AlertRuleChange, changeAlertRule } from '../../sql/writers/alert-rules.ts';

/** Every method throws BiotError DATABASE_UNAVAILABLE when the database does not answer. */
export interface AlertStore {
  /** Newest first. */
  page(query: AlertQuery): Promise<StoredAlert[]>;
  one(asked: { id: bigint; tenants: Tenants }): Promise<StoredAlert | undefined>;
  events(id: bigint): Promise<StoredAlertEvent[]>;
  /** @throws BiotError NOT_FOUND, TRANSITION_ILLEGAL or INVALID_ARGUMENT as well */
  take(step: TakenStep): Promise<StoredAlert>;
  rules(): Promise<AlertRule[]>;
  /** Newest first, those without a definition included. */
  versions(id: string): Promise<AlertRuleVersion[]>;
  /** All or none. @returns the numbers of the new versions */
  change(changes: readonly AlertRuleChange[]): Promise<number[]>;
  /** Oldest first. */
  history(query: HistoryQuery): Promise<PastReading[]>;
}

export function sqlAlertStore({ pool }: Pick<Database, 'pool'>): AlertStore {
  const transact = transactions(pool);
  return {
    page: (query) => alertPage(pool, query),
    one: (asked) => alertOf(pool, asked),
    events: (id) => alertEvents(pool, id),
    take: (step) => transact((transaction) => takeStep(transaction, step)),
    rules: () => currentAlertRules(pool),
    versions: (id) => alertRuleVersions(pool, id),
    change: (changes) =>
      transact(async (transaction) => {
        const versions: number[] = [];
        for (const change of changes) versions.push(await changeAlertRule(transaction, change));
        return versions;
      }),
    history: (query) => pastReadings(pool, query),
  };
}
