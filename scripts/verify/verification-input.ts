import type { Checkpoint } from '../../chaincode/protocol/header.ts';
import type { Patience } from './anchored-logs.ts';
import type { Difference } from './difference.ts';
import type { KeptFrom } from './type-retention.ts';
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
  /** From when on readings of a device are kept by its type, as the ledger has it. */
  keptFrom: KeptFrom;
  patience: Patience;
  onProgress?: (counts: Counts) => void;
}

/** What was verified against the ledger. */
export interface Counts {
  messages: number;
  readings: number;
  /** Entries of the audit trail. */
  entries: number;
  batches: number;
  /** Batches in SQL that wait to be anchored; they are checked against their own headers only. */
  pending: number;
  /** Readings that the anchors have and retention has dropped. */
  expired: number;
  /** Readings that the anchors and the witness copies have, and that their devices' types do not keep in telemetry. */
  expiredByType: number;
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
