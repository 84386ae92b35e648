/** What SQL holds, as it was read: none of it is believed. */
import { auditEntryId, type RawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { batchIdRange } from '../../chaincode/protocol/reading-id.ts';

/** A reading and the place it has: that of a row of `telemetry`, by its id, or the one that was anchored. */
export interface PlacedReading {
  batch: number;
  /** Place of its message in the batch. */
  leaf: number;
  /** Place of its value in the message. */
  slot: number;
  tenant: string;
  device: string;
  epoch: number;
  seq: number;
  sensor: string;
  value: number;
  /** Milliseconds since the Unix epoch; below 0 when someone wrote such an instant into the table. */
  ts: number;
}

/** Readings' ids in a message: 6 bits (protocol/reading-id.ts). */
const SLOTS = 64;

/** The primary key of a reading's row. A forger's row may have an id that no reading of ours can have. */
export function telemetryId({ batch, leaf, slot }: PlacedReading): string {
  const [first] = batchIdRange(BigInt(batch));
  return (first + BigInt(leaf * SLOTS + slot)).toString();
}

/** A row of `audit_logs`, and the place that its id says. */
export interface StoredEntry extends RawAuditEntry {
  batch: number;
  leaf: number;
}

/** The primary key of an entry's row. */
export function entryId({ batch, leaf }: { batch: number; leaf: number }): string {
  return auditEntryId({ batch: BigInt(batch), leaf }).toString();
}

/** The row of `blockchain_tx` that belongs to a batch. */
export interface OutboxEntry {
  id: number;
  /** Null for a row that belongs to no batch, which no writer makes. */
  batch: number | null;
  logId: string | null;
  sequence: number | null;
  status: string;
  transaction: string | null;
  block: number | null;
}

/** One row of `batches`, hashes in lower-case hex, instants in milliseconds. */
export interface StoredBatch {
  id: number;
  logId: string;
  sequence: number;
  size: number;
  readings: number;
  /** Messages and readings of the log up to and with this batch. */
  totalMessages: number;
  totalReadings: number;
  root: string;
  previous: string;
  ranges: string;
  hash: string;
  earliest: number;
  latest: number;
  outbox: OutboxEntry | undefined;
}

/** One row of `batch_ranges`. */
export interface StoredRange {
  batch: number;
  device: string;
  epoch: number;
  first: number;
  last: number;
}

/** All that SQL says about one batch id. `batch` is undefined when there are rows for it, but no row in `batches`. */
export interface StoredContent {
  id: number;
  batch: StoredBatch | undefined;
  /** Undefined when the column is null: retention clears it. */
  witness: Uint8Array | undefined;
  ranges: StoredRange[];
  /** Ordered by place. */
  readings: PlacedReading[];
  /** Ordered by place. */
  entries: StoredEntry[];
}

/** `log/sequence`: how a batch is named on the ledger. */
export function placeName(place: { logId: string; sequence: number }): string {
  return `${place.logId}/${place.sequence}`;
}
