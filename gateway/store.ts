/** What the gateway asks the database, as one interface: `sql-store.ts` answers it in operation, memory in tests. */
import type {
  DeliveryQuery,
  StoredCommandEvent,
  StoredDelivery,
  TimelineQuery,
} from '../sql/queries/command-details.ts';
import type { CommandQuery, StoredCommand } from '../sql/queries/commands.ts';
import type { AnchorQuery, StoredAnchor } from '../sql/queries/anchors.ts';
import type { AuditQuery, StoredAuditEntry } from '../sql/queries/audit-logs.ts';
import type { ListedMember, StoredMember } from '../sql/queries/members.ts';
import type { Bucket, RollupQuery } from '../sql/queries/rollup.ts';
import type { PresenceEventQuery, StoredPresenceEvent } from '../sql/queries/presence.ts';
import type { PresenceState, PresenceView } from '../chaincode/protocol/presence/presence.ts';
import type {
  RolloutDeviceQuery,
  RolloutQuery,
  StoredRollout,
  StoredRolloutDevice,
} from '../sql/queries/rollouts.ts';
import type { Tenants } from '../chaincode/protocol/tenants.ts';
import type { AnchoredReading, LatestValue, ReadingQuery, StoredReading } from '../sql/queries/telemetry.ts';
import type { Totals } from '../sql/queries/totals.ts';
import type { PasswordReplacement } from '../sql/writers/members.ts';

export interface SensorQuery {
  device: string;
  sensor: string;
  tenants: Tenants;
}

export interface RangeQuery {
  device: string;
  epoch: number;
  /** The first sequence number that is asked for. */
  from: number;
  limit: number;
}

/** Every method throws BiotError DATABASE_UNAVAILABLE when the database does not answer. */
export interface Store {
  ping(): Promise<void>;
  member(name: string): Promise<StoredMember | undefined>;
  /** @returns whether the row was found with the sealed key that is replaced */
  replacePassword(replacement: PasswordReplacement): Promise<boolean>;
  members(): Promise<ListedMember[]>;
  /** When each of these devices was last heard of; those that never were are left out. */
  lastSeen(devices: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Of these devices; those of which nothing was ever heard are left out. */
  presence(devices: readonly string[]): Promise<ReadonlyMap<string, PresenceView>>;
  /** Ids of the devices of which that is so. */
  devicesIn(state: PresenceState): Promise<ReadonlySet<string>>;
  /** Newest first. */
  presenceEvents(query: PresenceEventQuery): Promise<StoredPresenceEvent[]>;
  /** Messages and readings of these tenants; anchors are everybody's. */
  totals(tenants: Tenants): Promise<Totals>;
  /** Newest first. */
  readings(query: ReadingQuery): Promise<AnchoredReading[]>;
  /** Instants of a sensor's first and last reading; undefined when there is none. */
  span(query: SensorQuery): Promise<{ from: number; to: number } | undefined>;
  /** One bucket for each stretch of `bucketMs`, counted from the epoch, that has readings; in order. */
  rollup(query: RollupQuery): Promise<Bucket[]>;
  /** Each sensor's newest reading. */
  latest(query: Pick<ReadingQuery, 'device' | 'tenants'>): Promise<LatestValue[]>;
  /** Newest first. */
  anchors(query: AnchorQuery): Promise<StoredAnchor[]>;
  /** Newest first. */
  auditEntries(query: AuditQuery): Promise<StoredAuditEntry[]>;
  auditEntry(id: bigint): Promise<StoredAuditEntry | undefined>;
  anchor(batch: bigint): Promise<StoredAnchor | undefined>;
  /** The rows with ids in [from, to), in the order of their ids. */
  readingsById(from: bigint, to: bigint): Promise<StoredReading[]>;
  /** The witness copy of a batch: null once retention has dropped it, undefined when there is no such batch. */
  witness(batch: bigint): Promise<Uint8Array | null | undefined>;
  /** Hashes of a log's headers from sequence number `from` on, up to `limit` of them. */
  headerHashes(logId: string, from: number, limit: number): Promise<Uint8Array[]>;
  /** Inclusive ranges of a device's messages that are in the database, in order. */
  committedRanges(query: RangeQuery): Promise<{ first: number; last: number }[]>;
  /** Newest first. */
  commands(query: CommandQuery): Promise<StoredCommand[]>;
  /** Undefined as well when it is of another tenant, or ingest has not read it from its block yet. */
  command(
    query: Pick<StoredCommand, 'id'> & Pick<CommandQuery, 'tenants'>,
  ): Promise<StoredCommand | undefined>;
  /** In the order of the devices' ids. */
  deliveries(query: DeliveryQuery): Promise<StoredDelivery[]>;
  /** Oldest first. */
  commandTimeline(query: TimelineQuery): Promise<StoredCommandEvent[]>;
  /** Newest first. */
  rollouts(query: RolloutQuery): Promise<StoredRollout[]>;
  /** Undefined as well when it is of another tenant, or ingest has not read it from its block yet. */
  rollout(
    query: Pick<StoredRollout, 'id'> & Pick<RolloutQuery, 'tenants'>,
  ): Promise<StoredRollout | undefined>;
  /** In the order of the devices' ids. */
  rolloutDevices(query: RolloutDeviceQuery): Promise<StoredRolloutDevice[]>;
}
