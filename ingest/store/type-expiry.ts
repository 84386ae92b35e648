import type { Device } from '../../chaincode/protocol/device.ts';
import { keptFrom } from '../../chaincode/protocol/device-type.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';

/** What one round deleted of the devices of a type. */
export interface ExpiredReadings {
  readonly type: string;
  readonly retentionDays: number | null;
  readonly readings: number;
}

export interface TypeExpiryParts {
  readonly mirror: Pick<RegistryMirror, 'devices' | 'type' | 'freshness'>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Deletes a device's readings from before an instant; `most` of them, and few more. @returns how many */
  readonly drop: (due: { device: string; before: number }, most: number) => Promise<number>;
}

/** In one round, so that storing what comes is not kept waiting. */
const READINGS_A_ROUND = 250_000;
const DEVICES_A_ROUND = 2_000;

/**
 * Drops what devices' types do not keep, a part in each round. What was dropped is gone, so that is all the progress there
 * is to keep: after a restart it begins with the first device, and finds nothing where it had been.
 */
export class TypeExpiry {
  readonly #parts: TypeExpiryParts;
  /** The device after which the next round goes on. */
  #after = '';

  constructor(parts: TypeExpiryParts) {
    this.#parts = parts;
  }

  /**
   * Nothing while the ledger is silent: what is deleted does not come back when its type was changed since.
   *
   * @returns how many readings were dropped
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
   */
  async round(onExpire: (expired: ExpiredReadings) => Promise<void>): Promise<number> {
    const { mirror } = this.#parts;
    if (!mirror.freshness().fresh) return 0;
    const dropped = await this.#dropNext();
    let total = 0;
    for (const [type, readings] of dropped) {
      total += readings;
      if (readings > 0)
        await onExpire({ type, readings, retentionDays: mirror.type(type)?.retentionDays ?? null });
    }
    return total;
  }

  /** @returns how many readings were dropped, by type */
  async #dropNext(): Promise<Map<string, number>> {
    const devices = this.#next();
    const dropped = new Map<string, number>();
    let left = READINGS_A_ROUND;
    for (const device of devices) {
      const count = await this.#drop(device, left);
      dropped.set(device.type, (dropped.get(device.type) ?? 0) + count);
      left -= count;
      if (left <= 0) return dropped;
      this.#after = device.id;
    }
    if (devices.length < DEVICES_A_ROUND) this.#after = '';
    return dropped;
  }

  #next(): Device[] {
    const { mirror } = this.#parts;
    return [...mirror.devices()]
      .filter(({ id, type }) => id > this.#after && mirror.type(type)?.retentionDays !== undefined)
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .slice(0, DEVICES_A_ROUND);
  }

  async #drop({ id, type: name }: Device, most: number): Promise<number> {
    const { mirror, now, drop } = this.#parts;
    const type = mirror.type(name);
    if (type === undefined || type.retentionDays === undefined) return 0;
    return drop({ device: id, before: keptFrom(type, now()) }, most);
  }
}
