import type { Header } from '../../chaincode/protocol/header.ts';
import type { Span } from '../../sql/queries/report-logs.ts';
import type { SummedChannel, SummedRollout } from '../../sql/queries/report-operations.ts';
import type { ReportPeriod, SummedDeed, SummedOutcome } from '../../sql/queries/report-sums.ts';
import type { ReportStore } from '../reports/report-store.ts';
import type { FakeStore } from './fake-store.ts';

/** What the database sums up, in memory: what is said of the trail is as a test puts it, what of batches is counted. */
export class FakeReports implements ReportStore {
  readonly #store: FakeStore;
  summedDeeds: SummedDeed[] = [];
  summedOutcomes: SummedOutcome[] = [];
  /** Of each question. */
  readonly periods: ReportPeriod[] = [];
  readonly toldTransactions = new Set<string>();

  constructor(store: FakeStore) {
    this.#store = store;
  }

  deeds: ReportStore['deeds'] = (period, { action, limit }) =>
    this.#of(
      period,
      this.summedDeeds.filter((deed) => action === undefined || deed.action === action).slice(0, limit),
    );
  outcomes = (period: ReportPeriod) => this.#of(period, this.summedOutcomes);
  commands: ReportStore['commands'] = (period) => this.#of(period, []);
  alerts: ReportStore['alerts'] = (period) => this.#of(period, []);
  summedRollouts: SummedRollout[] = [];
  summedChannels: SummedChannel[] = [];
  rolloutCounts: ReportStore['rolloutCounts'] = (period) =>
    this.#of(period, { created: 2, started: 1, finished: 0, stopped: 1, cancelled: 0 });
  rolloutDevices: ReportStore['rolloutDevices'] = (period) =>
    this.#of(period, [{ state: 'failed', number: 7 }]);
  rollouts: ReportStore['rollouts'] = (period, limit) =>
    this.#of(period, this.summedRollouts.slice(0, limit));
  notifications: ReportStore['notifications'] = (period, limit) =>
    this.#of(period, this.summedChannels.slice(0, limit));
  told = (transactions: readonly string[]) =>
    Promise.resolve(new Set(transactions.filter((transaction) => this.toldTransactions.has(transaction))));

  logs: ReportStore['logs'] = () => {
    const logs = Map.groupBy(this.#store.anchorRows, ({ logId }) => logId);
    return Promise.resolve(
      [...logs].map(([logId, rows]) => ({
        logId,
        first: Math.min(...rows.map(({ sequence }) => sequence)),
        last: Math.max(...rows.map(({ sequence }) => sequence)),
        batches: rows.length,
        messages: rows.reduce((sum, { size }) => sum + size, 0),
        entries: 0,
      })),
    );
  };
  states: ReportStore['states'] = (logId, span) => {
    const states = Map.groupBy(this.#within(logId, span), ({ state }) => state);
    return Promise.resolve([...states].map(([state, rows]) => ({ state, number: rows.length })));
  };
  oldestWaiting: ReportStore['oldestWaiting'] = (logId, span) => {
    const row = this.#within(logId, span).find(({ state }) => state !== 'committed');
    return Promise.resolve(row === undefined ? null : { sequence: row.sequence, since: row.createdAt });
  };
  neighbours: ReportStore['neighbours'] = () => Promise.resolve({ before: null, after: null });
  missing: ReportStore['missing'] = (logId, { first, last }, limit) => {
    const there = new Set(this.#within(logId, { first, last }).map(({ sequence }) => sequence));
    const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const missing = numbers.filter((number) => !there.has(number));
    return Promise.resolve({
      listed: missing.slice(0, limit).map((number) => ({ first: number, last: number })),
      total: missing.length,
    });
  };
  claimed: ReportStore['claimed'] = (logId, first) =>
    Promise.resolve(
      this.#within(logId, { first, last: Infinity }).filter(({ state }) => state === 'committed').length,
    );
  place: ReportStore['place'] = (logId, sequence) => {
    const [row] = this.#within(logId, { first: sequence, last: sequence });
    const { transaction = null, block = null } = row ?? {};
    return Promise.resolve(transaction === null || block === null ? null : { transaction, block });
  };
  headers = (logId: string, span: Span): Promise<Header[]> =>
    Promise.resolve(
      this.#within(logId, span).map(({ sequence, size, root, previous, ranges }) => ({
        ...{ logId, sequence, size, root, previous, ranges },
      })),
    );

  #of<Rows>(period: ReportPeriod, rows: Rows): Promise<Rows> {
    this.periods.push(period);
    return Promise.resolve(rows);
  }

  #within(logId: string, { first, last }: Span): FakeStore['anchorRows'] {
    return this.#store.anchorRows.filter(
      (row) => row.logId === logId && row.sequence >= first && row.sequence <= last,
    );
  }
}
