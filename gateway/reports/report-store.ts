import {
  alertsIn,
  commandsIn,
  deedsIn,
  outcomesIn,
  type ReportPeriod,
  type SummedAlerts,
  type SummedDeed,
  type SummedOutcome,
  toldTransactions,
} from '../../sql/queries/report-sums.ts';
import {
  claimedFrom,
  logsIn,
  missingNumbers,
  neighboursOf,
  oldestWaiting,
  placeOf,
  type Span,
  type Spans,
  statesOf,
  type SummedLog,
} from '../../sql/queries/report-logs.ts';
import {
  notificationsIn,
  type RolloutCounts,
  rolloutCountsIn,
  rolloutDevicesIn,
  rolloutsIn,
  type SummedChannel,
  type SummedRollout,
} from '../../sql/queries/report-operations.ts';
import type { Header } from '../../chaincode/protocol/header.ts';
import { storedHeaders } from '../../sql/queries/log-headers.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Deadline } from './deadline.ts';
import type { ReportedLog } from './report-schema.ts';

/** What a report asks the database. Every method throws BiotError DATABASE_UNAVAILABLE when it does not answer in time. */
export interface ReportStore {
  deeds(period: ReportPeriod, asked: { action?: string; limit: number }): Promise<SummedDeed[]>;
  outcomes(period: ReportPeriod, limit: number): Promise<SummedOutcome[]>;
  commands(period: ReportPeriod): ReturnType<typeof commandsIn>;
  alerts(period: ReportPeriod): Promise<SummedAlerts[]>;
  rolloutCounts(period: ReportPeriod): Promise<RolloutCounts>;
  rolloutDevices(period: ReportPeriod): ReturnType<typeof rolloutDevicesIn>;
  rollouts(period: ReportPeriod, limit: number): Promise<SummedRollout[]>;
  notifications(period: ReportPeriod, limit: number): Promise<SummedChannel[]>;
  told(transactions: readonly string[]): Promise<Set<string>>;
  logs(period: Pick<ReportPeriod, 'from' | 'to'>): Promise<SummedLog[]>;
  states(logId: string, span: Span): ReturnType<typeof statesOf>;
  oldestWaiting(logId: string, span: Span): Promise<ReportedLog['oldestWaiting']>;
  neighbours(logId: string, span: Span): ReturnType<typeof neighboursOf>;
  missing(logId: string, span: Span, limit: number): Promise<Spans>;
  claimed(logId: string, from: number): Promise<number>;
  place(logId: string, sequence: number): ReturnType<typeof placeOf>;
  /** In order. */
  headers(logId: string, span: Span): Promise<Header[]>;
}

export function sqlReportStore(database: Queryable): ReportStore {
  return {
    deeds: (period, asked) => deedsIn(database, period, asked),
    outcomes: (period, limit) => outcomesIn(database, period, limit),
    commands: (period) => commandsIn(database, period),
    alerts: (period) => alertsIn(database, period),
    rolloutCounts: (period) => rolloutCountsIn(database, period),
    rolloutDevices: (period) => rolloutDevicesIn(database, period),
    rollouts: (period, limit) => rolloutsIn(database, period, limit),
    notifications: (period, limit) => notificationsIn(database, period, limit),
    told: (transactions) => toldTransactions(database, transactions),
    logs: (period) => logsIn(database, period),
    states: (logId, span) => statesOf(database, logId, span),
    oldestWaiting: (logId, span) => oldestWaiting(database, logId, span),
    neighbours: (logId, span) => neighboursOf(database, logId, span),
    missing: (logId, span, limit) => missingNumbers(database, logId, span, limit),
    claimed: (logId, from) => claimedFrom(database, logId, from),
    place: (logId, sequence) => placeOf(database, logId, sequence),
    async headers(logId, { first, last }) {
      const rows = await storedHeaders(database, logId, { from: first, to: last + 1 });
      return rows.map(({ header }) => header);
    },
  };
}

/** The same, whose questions begin before the deadline or not at all. */
export function askedBefore(deadline: Deadline, store: ReportStore): ReportStore {
  return {
    deeds: (...asked) => deadline.ask(() => store.deeds(...asked)),
    outcomes: (...asked) => deadline.ask(() => store.outcomes(...asked)),
    commands: (...asked) => deadline.ask(() => store.commands(...asked)),
    alerts: (...asked) => deadline.ask(() => store.alerts(...asked)),
    rolloutCounts: (...asked) => deadline.ask(() => store.rolloutCounts(...asked)),
    rolloutDevices: (...asked) => deadline.ask(() => store.rolloutDevices(...asked)),
    rollouts: (...asked) => deadline.ask(() => store.rollouts(...asked)),
    notifications: (...asked) => deadline.ask(() => store.notifications(...asked)),
    told: (...asked) => deadline.ask(() => store.told(...asked)),
    logs: (...asked) => deadline.ask(() => store.logs(...asked)),
    states: (...asked) => deadline.ask(() => store.states(...asked)),
    oldestWaiting: (...asked) => deadline.ask(() => store.oldestWaiting(...asked)),
    neighbours: (...asked) => deadline.ask(() => store.neighbours(...asked)),
    missing: (...asked) => deadline.ask(() => store.missing(...asked)),
    claimed: (...asked) => deadline.ask(() => store.claimed(...asked)),
    place: (...asked) => deadline.ask(() => store.place(...asked)),
    headers: (...asked) => deadline.ask(() => store.headers(...asked)),
  };
}
