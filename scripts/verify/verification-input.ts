import type { Checkpoint } from '../../chaincode/protocol/header.ts';
import type { Patience } from './anchored-logs.ts';
import type { Difference } from './difference.ts';
import type { LedgerView } from './ledger-view.ts';
import type { Scope } from './scope.ts';
import type { Store } from './store.ts';

export interface VerificationInput {
  store: Store;
  ledger: LedgerView;
  scope: Scope;
  /** Checkpoints that the auditor kept from earlier checks. */
  kept: readonly Checkpoint[];
  /** Readings older than this instant may have been dropped by retention. */
  retainedFrom: number;
  patience: Patience;
  onProgress?: (counts: Counts) => void;
}

/** What was verified against the ledger. */
export interface Counts {
  messages: number;
  readings: number;
  batches: number;
  /** Batches in SQL that wait to be anchored; they are checked against their own headers only. */
  pending: number;
  /** Readings that the anchors have and retention has dropped. */
  expired: number;
}

export interface Outcome extends Counts {
  /** The first differences, and how many there are. */
  differences: Difference[];
  total: number;
  /** What the ledger's logs are now; to be kept when `ledgerHolds`. */
  checkpoints: Checkpoint[];
  /** Whether the ledger fits itself and the checkpoints kept. */
  ledgerHolds: boolean;
}
