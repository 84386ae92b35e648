import type { Logger } from 'pino';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import { type MirrorClock, systemClock } from './clock.ts';
import { Follower } from './follower.ts';
import type { Freshness } from './freshness.ts';
import { beatForEver } from './heartbeat.ts';
import { type ChangeListener, MirroredRegistry } from './mirrored-registry.ts';
import type { MirrorClient } from './registry-fill.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

export type { MirrorClock } from './clock.ts';
export type { Freshness } from './freshness.ts';
export type { MirrorClient } from './registry-fill.ts';

export interface MirrorOptions {
  readonly client: MirrorClient;
  readonly channel: 'registry';
  /** How long, in milliseconds, the mirror may go unconfirmed and still count as fresh. */
  readonly silenceBoundMs: number;
  /** Where the state is kept over restarts; without it each start reads everything again. */
  readonly snapshotFile?: string;
  readonly clock?: MirrorClock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
}

/**
 * The ledger's devices, their types and rules in memory. Whoever decides by it has to ask `freshness` each time and to
 * refuse when it is not fresh: the mirror itself goes on answering with what it last knew.
 */
export interface RegistryMirror {
  device(id: string): Device | undefined;
  devices(): IterableIterator<Device>;
  readonly size: number;
  /** A type of devices as of the last block applied: the same object until it changes. */
  type(name: string): DeviceType | undefined;
  /**
   * The rules as of the last block applied, which refuse everything as long as there is no state. The same object until
   * they change.
   */
  policy(): RuleSet;
  freshness(): Freshness;
  /** Resolves when there is a state to answer from, be it the snapshot's. Rejects when closed before. */
  ready(): Promise<void>;
  /** Calls the listener with the devices whose record changed. @returns what ends it */
  onChange(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

const NOTHING_IS_ALLOWED = new RuleSet([]);

/** Starts following the registry, through restarts of the peer and, by the snapshot, of this process. */
export function startMirror({ clock = systemClock, ...options }: MirrorOptions): RegistryMirror {
  const { snapshotFile: file, silenceBoundMs, log } = options;
  const registry = new MirroredRegistry({ clock, silenceBoundMs, log });
  const keeper = file === undefined ? undefined : new SnapshotKeeper({ file, clock, log });
  const closing = new AbortController();
  const running = run({ ...options, clock, registry, keeper, signal: closing.signal });
  return {
    device: (id) => registry.state?.device(id),
    devices: () => registry.state?.devices() ?? new Map<string, Device>().values(),
    get size() {
      return registry.state?.size ?? 0;
    },
    type: (name) => registry.state?.type(name),
    policy: () => registry.state?.policy() ?? NOTHING_IS_ALLOWED,
    freshness: () => registry.freshness(),
    ready: () => registry.ready(),
    onChange: (listener) => registry.onChange(listener),
    async close() {
      closing.abort();
      registry.close();
      await running;
    },
  };
}

interface Parts extends Omit<MirrorOptions, 'snapshotFile'> {
  readonly clock: MirrorClock;
  readonly registry: MirroredRegistry;
  readonly keeper: SnapshotKeeper | undefined;
  readonly signal: AbortSignal;
}

async function run(parts: Parts): Promise<void> {
  const { registry, keeper, channel, signal, log } = parts;
  const snapshot = await keeper?.read(channel);
  if (snapshot !== undefined) {
    registry.restore(snapshot);
    log.info(
      {
        devices: snapshot.devices.length,
        types: snapshot.types.length,
        rules: snapshot.rules.length,
        block: snapshot.block,
      },
      'mirror restored from its snapshot',
    );
  }
  const takeSnapshot = (): Snapshot | undefined => registry.snapshot(channel);
  const follower = new Follower(parts);
  const afterEach = (): void => {
    follower.restartIfStalled();
    keeper?.offer(registry.state?.applied, takeSnapshot);
  };
  await Promise.all([follower.run(signal), beatForEver({ ...parts, afterEach }, signal)]);
  await keeper?.flush(takeSnapshot);
}
