import { type Device, type DeviceStatus, unknownDevice } from '../chaincode/protocol/device.ts';
import type { DeviceType } from '../chaincode/protocol/device-type.ts';
import type { Freshness, RegistryMirror } from '../network/mirror/registry-mirror.ts';
import { requireFresh } from './freshness.ts';
import { type DeviceClass, classesOf } from './policy/device-classes.ts';

export type Mirror = Pick<RegistryMirror, 'device' | 'devices' | 'type' | 'size' | 'freshness' | 'onChange'>;

export interface FleetQuery {
  status?: DeviceStatus;
  type?: string;
  /** Part of an id, tenant or type; case does not matter. */
  search?: string;
  /** None but these. */
  among?: ReadonlySet<string>;
  /** Ids after this one. */
  after?: string;
  limit: number;
  /** Whether the asker may see it; it is asked of no more devices than it takes. */
  readable: (device: Device) => boolean;
}

/** Devices that fit all that is given. */
interface Selection {
  device?: string | undefined;
  type?: string | undefined;
  group?: string | undefined;
}

const CATCH_UP_MS = 1_000;

/** The ledger's devices as the gateway decides and shows by them: closed when the ledger has been silent too long. */
export class Fleet {
  readonly #mirror: Mirror;
  #sorted: Device[] | undefined;
  #classes: readonly DeviceClass[] | undefined;

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
    mirror.onChange(() => {
      this.#sorted = undefined;
      this.#classes = undefined;
    });
  }

  get size(): number {
    return this.#mirror.size;
  }

  freshness(): Freshness {
    return this.#mirror.freshness();
  }

  /** @returns what ends it */
  onChange(listener: () => void): () => void {
    return this.#mirror.onChange(listener);
  }

  /** @throws BiotError LEDGER_STALE */
  requireFresh(): void {
    requireFresh(this.#mirror.freshness());
  }

  /** What our copy has, be it old: for what decides nothing, or leaves the decision to the ledger. */
  known(id: string): Device | undefined {
    return this.#mirror.device(id);
  }

  /** A type as our copy has it, be it old; undefined as well when it is too new for our copy. */
  type(name: string): DeviceType | undefined {
    return this.#mirror.type(name);
  }

  /** A silent ledger does not hide what was stored of a device that it had. @throws BiotError DEVICE_UNKNOWN */
  requireKnown(id: string): Device {
    const device = this.known(id);
    if (device === undefined) throw unknownDevice(id);
    return device;
  }

  /** @throws BiotError LEDGER_STALE or DEVICE_UNKNOWN */
  device(id: string): Device {
    this.requireFresh();
    return this.requireKnown(id);
  }

  /** What our copy has, be it old, in the order of ids. */
  all(): readonly Device[] {
    return this.#inOrder();
  }

  /** In the order of ids. @throws BiotError LEDGER_STALE */
  list(query: FleetQuery): Device[] {
    this.requireFresh();
    const found: Device[] = [];
    for (const device of this.#inOrder()) {
      if (matches(device, query) && query.readable(device)) found.push(device);
      if (found.length === query.limit) break;
    }
    return found;
  }

  /** Ids in order, of what our copy has, be it old. */
  select({ device, type, group }: Selection): string[] {
    return this.#inOrder()
      .filter((known) => device === undefined || known.id === device)
      .filter((known) => type === undefined || known.type === type)
      .filter((known) => group === undefined || known.groups.includes(group))
      .map(({ id }) => id);
  }

  /**
   * Resolves when our copy has these records, or later ones, so that who changed a device then reads it changed. The
   * block that says so is already on its way; should it not come, the change is no less true, and we wait no longer.
   */
  async caughtUp(devices: readonly Device[], patienceMs = CATCH_UP_MS): Promise<void> {
    const has = ({ id, transaction, updatedAt }: Device): boolean => {
      const ours = this.#mirror.device(id);
      return ours !== undefined && (ours.transaction === transaction || ours.updatedAt > updatedAt);
    };
    if (devices.every(has)) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      resolve(undefined);
    }, patienceMs);
    const stop = this.#mirror.onChange(() => {
      if (devices.every(has)) resolve(undefined);
    });
    await promise;
    stop();
    clearTimeout(timer);
  }

  /** Kinds of devices that no rule tells apart unless it names them, with how many there are of each. */
  classes(): readonly DeviceClass[] {
    this.#classes ??= classesOf(this.#mirror.devices());
    return this.#classes;
  }

  /** Sorted once after each change of the registry, not for each page. Ids are ASCII: code units are an order. */
  #inOrder(): readonly Device[] {
    this.#sorted ??= [...this.#mirror.devices()].sort((left, right) => (left.id < right.id ? -1 : 1));
    return this.#sorted;
  }
}

function matches(device: Device, { status, type, search, among, after }: FleetQuery): boolean {
  if (after !== undefined && device.id <= after) return false;
  if (among?.has(device.id) === false) return false;
  if (status !== undefined && device.status !== status) return false;
  if (type !== undefined && device.type !== type) return false;
  if (search === undefined) return true;
  const wanted = search.toLowerCase();
  return [device.id, device.tenant, device.type].some((field) => field.includes(wanted));
}
