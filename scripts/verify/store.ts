import type { OutboxEntry, PlacedReading, StoredBatch, StoredEntry, StoredRange } from './stored.ts';

/** What can be read from SQL at one instant. Batch ids go `from` up to but without `to`; without `to`, to the end. */
export interface StoreSnapshot {
  /** The first rows of `batches` from an id on, in the order of their ids. */
  batches(from: number, limit: number): Promise<StoredBatch[]>;
  /** Witness copies by batch id; null columns are left out. */
  witnesses(from: number, to: number | undefined): Promise<Map<number, Uint8Array>>;
  /** In the order of batch ids. */
  ranges(from: number, to: number | undefined): Promise<StoredRange[]>;
  /** Entries of the audit trail, in the order of their ids. */
  entries(from: number, to: number | undefined): Promise<StoredEntry[]>;
  /** In the order of their ids. */
  readings(from: number, to: number | undefined): AsyncIterable<PlacedReading>;
  /** Every row that names a device, wherever it stands; instants in milliseconds, without `to`. */
  readingsOfDevice(device: string, period: Period): AsyncIterable<PlacedReading>;
  /** Rows of `blockchain_tx` for batches that are not in `batches`. */
  strayOutbox(): Promise<OutboxEntry[]>;
}

export interface Period {
  from: number;
  to: number;
}

/** SQL as the auditor reads it: with queries of its own, and never writing. */
export interface Store {
  /** Everything that `read` reads is of one instant. It should be short: an open snapshot holds up DDL. */
  snapshot<Result>(read: (snapshot: StoreSnapshot) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
