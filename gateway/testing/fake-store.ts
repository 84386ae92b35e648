/** The database in memory. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { PresenceState, PresenceView } from '../../chaincode/protocol/presence/presence.ts';
import { serves, servesAll, type Tenants } from '../../chaincode/protocol/tenants.ts';
import type { AnchorQuery, StoredAnchor } from '../../sql/queries/anchors.ts';
import type { AuditQuery, StoredAuditEntry } from '../../sql/queries/audit-logs.ts';
import type { ListedMember, StoredMember } from '../../sql/queries/members.ts';
import type { PresenceEventQuery, StoredPresenceEvent } from '../../sql/queries/presence.ts';
import type { Bucket, RollupQuery } from '../../sql/queries/rollup.ts';
import type { AnchoredReading, ReadingQuery, StoredReading } from '../../sql/queries/telemetry.ts';
import type { Totals } from '../../sql/queries/totals.ts';
import type { PasswordReplacement } from '../../sql/writers/members.ts';
import type {
  DeliveryQuery,
  StoredCommandEvent,
  StoredDelivery,
  TimelineQuery,
} from '../../sql/queries/command-details.ts';
import type { CommandQuery, StoredCommand } from '../../sql/queries/commands.ts';
import type {
  RolloutDeviceQuery,
  RolloutQuery,
  StoredRollout,
  StoredRolloutDevice,
} from '../../sql/queries/rollouts.ts';
import type { SensorQuery, Store } from '../store.ts';

/** Tests change rows as somebody with the database's password could. */
export type Changeable<Row> = { -readonly [Field in keyof Row]: Row[Field] };

const STATE = { logId: 'ingest-1@operator', sequence: 0, state: 'committed' } as const;

export class FakeStore implements Store {
  /** Certificates that were made in the home. */
  readonly issued: ListedMember[] = [];
  readonly memberRows = new Map<string, StoredMember>();
  readonly seen = new Map<string, number>();
  readonly presences = new Map<string, PresenceView>();
  rows: Changeable<StoredReading>[] = [];
  anchorRows: Changeable<StoredAnchor>[] = [];
  auditRows: StoredAuditEntry[] = [];
  readonly witnesses = new Map<bigint, Uint8Array | null>();
  hashes: Uint8Array[] = [];
  ranges: { first: number; last: number }[] = [];
  up = true;

  #answer<Value>(value: () => Value): Promise<Value> {
    if (this.up) return Promise.resolve(value());
    return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'connect ENOENT /run/secret/mariadb.sock'));
  }

  ping = (): Promise<void> => this.#answer(() => undefined);
  member = (name: string) => this.#answer(() => this.memberRows.get(name));
  replacePassword = ({ name, former, ...next }: PasswordReplacement) =>
    this.#answer(() => {
      const row = this.memberRows.get(name);
      if (row?.sealedKey !== former) return false;
      this.memberRows.set(name, { ...row, ...next });
      return true;
    });
  members = () => this.#answer(() => [...this.memberRows.values()]);
  lastSeen = (devices: readonly string[]) =>
    this.#answer(() => new Map([...this.seen].filter(([id]) => devices.includes(id))));

  presence = (devices: readonly string[]) =>
    this.#answer(() => new Map([...this.presences].filter(([id]) => devices.includes(id))));
  devicesIn = (wanted: PresenceState) =>
    this.#answer(
      () => new Set([...this.presences].filter(([, { state }]) => state === wanted).map(([id]) => id)),
    );
  presenceEvents = ({ device }: PresenceEventQuery) =>
    this.#answer(() =>
      [...this.presences]
        .filter(([id]) => id === device)
        .map(([, { state, reason, since }]): StoredPresenceEvent => ({ state, reason, at: since })),
    );

  totals = (tenants: Tenants): Promise<Totals> =>
    this.#answer(() => ({
      ...(servesAll(tenants)
        ? { messages: 10, messagesLastMinute: 2, readings: 30 }
        : this.#countsOf(tenants)),
      anchorsCommitted: 4,
      anchorsPending: 1,
      lastBlock: 12,
    }));

  #countsOf(tenants: Tenants): Pick<Totals, 'messages' | 'messagesLastMinute' | 'readings'> {
    const own = this.rows.filter(({ tenant }) => serves(tenants, tenant));
    return { messages: own.length, messagesLastMinute: 0, readings: own.length };
  }

  readings = ({
    device,
    tenants,
    sensor,
    from = 0,
    to = Infinity,
    before,
    limit,
  }: ReadingQuery): Promise<AnchoredReading[]> =>
    this.#answer(() =>
      this.rows
        .filter((row) => row.device === device && serves(tenants, row.tenant))
        .filter((row) => sensor === undefined || row.sensor === sensor)
        .filter((row) => row.ts >= from && row.ts < to)
        .sort((left, right) => right.ts - left.ts || Number(right.id - left.id))
        .filter(
          (row) => before === undefined || row.ts < before.ts || (row.ts === before.ts && row.id < before.id),
        )
        .slice(0, limit)
        .map((row) => ({ ...row, anchor: STATE })),
    );

  span = ({ device, sensor, tenants }: SensorQuery) =>
    this.#answer(() => {
      const instants = this.rows
        .filter((row) => row.device === device && row.sensor === sensor && serves(tenants, row.tenant))
        .map(({ ts }) => ts);
      return instants.length === 0 ? undefined : { from: Math.min(...instants), to: Math.max(...instants) };
    });

  rollup = (query: RollupQuery): Promise<Bucket[]> =>
    this.#answer(() => {
      const rows = this.rows.filter(
        ({ device, tenant, sensor, ts }) =>
          device === query.device &&
          serves(query.tenants, tenant) &&
          sensor === query.sensor &&
          ts >= query.from &&
          ts < query.to,
      );
      const buckets = Map.groupBy(rows, ({ ts }) => Math.floor(ts / query.bucketMs) * query.bucketMs);
      return [...buckets]
        .sort(([left], [right]) => left - right)
        .map(([ts, group]) => {
          const values = group.map(({ value }) => value);
          const avg = values.reduce((sum, value) => sum + value, 0) / values.length;
          return { ts, min: Math.min(...values), max: Math.max(...values), avg, count: values.length };
        });
    });

  latest = ({ device, tenants }: Pick<ReadingQuery, 'device' | 'tenants'>) =>
    this.#answer(() => {
      const newest = new Map<string, StoredReading>();
      for (const row of this.rows.filter(
        (candidate) => candidate.device === device && serves(tenants, candidate.tenant),
      ))
        if ((newest.get(row.sensor)?.ts ?? -1) < row.ts) newest.set(row.sensor, row);
      return [...newest.values()].map(({ sensor, ts, value }) => ({ sensor, ts, value }));
    });

  anchors = ({ logId, before, limit }: AnchorQuery) =>
    this.#answer(() =>
      this.anchorRows
        .filter(
          (row) =>
            (logId === undefined || row.logId === logId) && (before === undefined || row.batch < before),
        )
        .sort((left, right) => Number(right.batch - left.batch))
        .slice(0, limit),
    );

  auditEntries = ({ tenants, before, limit }: AuditQuery) =>
    this.#answer(() =>
      this.auditRows
        .filter(({ tenant }) => servesAll(tenants) || (tenant !== null && serves(tenants, tenant)))
        .filter(({ id }) => before === undefined || id < before.id)
        .slice(0, limit),
    );
  auditEntry = (id: bigint) => this.#answer(() => this.auditRows.find((row) => row.id === id));
  anchor = (batch: bigint) => this.#answer(() => this.anchorRows.find((row) => row.batch === batch));
  readingsById = (from: bigint, to: bigint) =>
    this.#answer(() => this.rows.filter(({ id }) => id >= from && id < to));
  witness = (batch: bigint) => this.#answer(() => this.witnesses.get(batch));
  headerHashes = (_logId: string, from: number, limit: number) =>
    this.#answer(() => this.hashes.slice(from, from + limit));
  /** What ingest stored of commands. */
  commandRows: StoredCommand[] = [];
  /** By the commands' ids. */
  readonly deliveryRows = new Map<string, StoredDelivery[]>();
  readonly eventRows = new Map<string, StoredCommandEvent[]>();

  commands = ({ tenants, name, before, limit }: CommandQuery) =>
    this.#answer(() =>
      this.commandRows
        .filter((row) => serves(tenants, row.tenant) && (name ?? row.name) === row.name)
        .sort((left, right) => right.issuedAt - left.issuedAt)
        .filter(({ issuedAt }) => before === undefined || issuedAt < before.issuedAt)
        .slice(0, limit),
    );
  command = ({ id, tenants }: { id: string; tenants: Tenants }) =>
    this.#answer(() => this.commandRows.find((row) => row.id === id && serves(tenants, row.tenant)));
  deliveries = ({ command, state, after = '', limit }: DeliveryQuery) =>
    this.#answer(() =>
      (this.deliveryRows.get(command) ?? [])
        .filter((row) => (state ?? row.state) === row.state && row.device > after)
        .slice(0, limit),
    );
  commandTimeline = ({ command, device, after = 0n, limit }: TimelineQuery) =>
    this.#answer(() =>
      (this.eventRows.get(command) ?? [])
        .filter((row) => (device ?? row.device) === row.device && row.id > after)
        .slice(0, limit),
    );
  /** What ingest stored of rollouts, and of their devices. */
  rolloutRows: StoredRollout[] = [];
  readonly rolloutDeviceRows = new Map<string, StoredRolloutDevice[]>();

  rollouts = ({ tenants, state, before, limit }: RolloutQuery) =>
    this.#answer(() =>
      this.rolloutRows
        .filter((row) => serves(tenants, row.definition.tenant) && (state ?? row.state) === row.state)
        .sort((left, right) => right.createdAt - left.createdAt)
        .filter(({ createdAt }) => before === undefined || createdAt < before.createdAt)
        .slice(0, limit),
    );
  rollout = ({ id, tenants }: { id: string; tenants: Tenants }) =>
    this.#answer(() =>
      this.rolloutRows.find((row) => row.id === id && serves(tenants, row.definition.tenant)),
    );
  rolloutDevices = ({ rollout, state, after = '', limit }: RolloutDeviceQuery) =>
    this.#answer(() =>
      (this.rolloutDeviceRows.get(rollout) ?? [])
        .filter((row) => (state ?? row.state) === row.state && row.device > after)
        .slice(0, limit),
    );
  committedRanges = ({ from, limit }: { from: number; limit: number }) =>
    this.#answer(() => this.ranges.filter(({ last }) => last >= from).slice(0, limit));
}
