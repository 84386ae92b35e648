/** What can be wrong. The first four are about what SQL holds, the last two about the ledger's own word. */
export const DIFFERENCE_KINDS = [
  /** A row holds something else than what was anchored. */
  'changed',
  /** Something was anchored and SQL has no row for it. */
  'missing',
  /** A row that nothing on the ledger accounts for. */
  'added',
  /** Anchored content, standing at another place than the one it was anchored at. */
  'reordered',
  /** SQL says that it was committed to the ledger, and the ledger does not have it. */
  'unanchored',
  /** The peer's headers, checkpoint and chain contradict each other. */
  'inconsistent',
  /** The log is not a continuation of the checkpoint that the auditor kept. */
  'rolled-back',
] as const;

export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export type CheckedTable =
  'telemetry' | 'audit_logs' | 'batches' | 'batch_ranges' | 'blockchain_tx' | 'ledger';

export interface Difference {
  kind: DifferenceKind;
  table: CheckedTable;
  /** Names the row: its primary key, or `log/sequence` where SQL has no row or the ledger is meant. */
  key: string;
  /** For a person: which column, what it holds and what was anchored. */
  what: string;
}

export type Report = (difference: Difference) => void;

/** Differences kept in full; beyond, only their number is. Whoever rewrites a table must not exhaust the auditor. */
export const KEPT_DIFFERENCES = 10_000;

/** Collects differences: all are counted, the first ones kept. */
export class DifferenceList {
  readonly kept: Difference[] = [];
  readonly #limit: number;
  readonly #tables = new Set<CheckedTable>();
  #total = 0;

  constructor(limit: number = KEPT_DIFFERENCES) {
    this.#limit = limit;
  }

  get total(): number {
    return this.#total;
  }

  /** Whether nothing was said about a table, among those not kept either. */
  spares(table: CheckedTable): boolean {
    return !this.#tables.has(table);
  }

  readonly report: Report = (difference) => {
    this.#total += 1;
    this.#tables.add(difference.table);
    if (this.kept.length < this.#limit) this.kept.push(difference);
  };
}
