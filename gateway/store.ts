/** What the gateway asks the database, as one interface: `sql` answers it in operation, memory in tests. */
import type { StoredMember } from './auth/sign-in.ts';

export type AnchorState = 'sealed' | 'submitted' | 'committed';

/** A row of `telemetry` with the state of its batch. Instants are milliseconds since the Unix epoch. */
export interface StoredReading {
  id: bigint;
  device: string;
  tenant: string;
  epoch: number;
  seq: number;
  sensor: string;
  value: number;
  ts: number;
}

export interface AnchoredReading extends StoredReading {
  anchor: { logId: string; sequence: number; state: AnchorState };
}

/** A place in a device's readings, which are listed newest first. */
export interface ReadingPosition {
  ts: number;
  id: bigint;
}

export interface ReadingQuery {
  device: string;
  sensor?: string;
  /** Inclusive. */
  from?: number;
  /** Exclusive. */
  to?: number;
  before?: ReadingPosition;
  limit: number;
}

export interface Bucket {
  ts: number;
  min: number;
  max: number;
  avg: number;
  count: number;
}

export interface StoredAnchor {
  batch: bigint;
  logId: string;
  sequence: number;
  size: number;
  /** Hashes in hex. */
  root: string;
  previous: string;
  ranges: string;
  state: AnchorState;
  transaction: string | null;
  block: number | null;
  createdAt: number;
  earliest: number;
  latest: number;
}

export interface AnchorQuery {
  logId?: string;
  before?: bigint;
  limit: number;
}

export interface Totals {
  messages: number;
  messagesLastMinute: number;
  readings: number;
  anchorsCommitted: number;
  anchorsPending: number;
  lastBlock: number | null;
}

/** Every method throws BiotError DATABASE_UNAVAILABLE when the database does not answer. */
export interface Store {
  ping(): Promise<void>;
  member(name: string): Promise<StoredMember | undefined>;
  /** When each of these devices was last heard of; those that never were are left out. */
  lastSeen(devices: readonly string[]): Promise<ReadonlyMap<string, number>>;
  totals(): Promise<Totals>;
  /** Newest first. */
  readings(query: ReadingQuery): Promise<AnchoredReading[]>;
  /** Instants of the first and last reading of a sensor; undefined when there is none. */
  span(device: string, sensor: string): Promise<{ from: number; to: number } | undefined>;
  /** One bucket for each stretch of `bucketMs`, counted from the epoch, that has readings; in order. */
  rollup(query: {
    device: string;
    sensor: string;
    from: number;
    to: number;
    bucketMs: number;
  }): Promise<Bucket[]>;
  /** Each sensor's newest reading. */
  latest(device: string): Promise<{ sensor: string; ts: number; value: number }[]>;
  /** Newest first. */
  anchors(query: AnchorQuery): Promise<StoredAnchor[]>;
  anchor(batch: bigint): Promise<StoredAnchor | undefined>;
  /** The rows with ids in [from, to), in the order of their ids. */
  readingsById(from: bigint, to: bigint): Promise<StoredReading[]>;
  /** The witness copy of a batch: null once retention has dropped it, undefined when there is no such batch. */
  witness(batch: bigint): Promise<Uint8Array | null | undefined>;
  /** Hashes of a log's headers from sequence number `from` on, up to `limit` of them. */
  headerHashes(logId: string, from: number, limit: number): Promise<Uint8Array[]>;
  /** Inclusive ranges of a device's messages that are in the database, from sequence number `from` on. */
  committedRanges(query: {
    device: string;
    epoch: number;
    from: number;
    limit: number;
  }): Promise<{ first: number; last: number }[]>;
}
