import type { Device, Registration } from '../../../chaincode/protocol/device.ts';
import { byLot } from '../../../chaincode/protocol/device-lot.ts';
import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { type CheckedKey, checkPublicKey } from '../../../chaincode/protocol/public-key.ts';
import { generateKeyPair, publicKeyPem } from '../../pki/keys.ts';
import type { DevicesCommitted } from '../../ledger/registry.ts';
import type { Entry } from '../row.ts';

/** The keys of devices, made when one is needed first: making thousands takes a while. */
const keys: CheckedKey[] = [];

export function keyOf(index: number): CheckedKey {
  return (keys[index] ??= checkPublicKey(publicKeyPem(generateKeyPair().publicKey)));
}
export const ORG = 'OperatorMSP';

export function entriesOf(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const { publicKey, keyFingerprint } = keyOf(index);
    const registration = { id: `d-${index}`, tenant: 'acme', type: 'press', publicKey, groups: [], tags: {} };
    return { line: index + 2, registration, keyFingerprint };
  });
}

/** The contract's part in registering, in memory: all devices of a transaction, or none. */
export class FakeLedger {
  readonly devices = new Map<string, Device>();
  /** How many devices each transaction had that was committed. */
  readonly sizes: number[] = [];
  underWay = 0;
  mostUnderWay = 0;
  /** Is asked before a transaction is committed; what it throws is the answer. */
  before: (registrations: readonly Registration[]) => void = () => undefined;
  /** Is asked after; what it throws takes the answer's place. */
  after: (transaction: string) => void = () => undefined;

  register = async (registrations: readonly Registration[]): Promise<DevicesCommitted> => {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await new Promise(setImmediate);
      return this.#commit(registrations);
    } finally {
      this.underWay -= 1;
    }
  };

  get = async (id: string): Promise<Device> => {
    await new Promise(setImmediate);
    const device = this.devices.get(id);
    if (device === undefined) throw new BiotError('DEVICE_UNKNOWN', `no device ${id}`);
    return device;
  };

  /** In the contract's order. */
  list = async (size: number, bookmark: string): Promise<{ devices: Device[]; bookmark: string }> => {
    await new Promise(setImmediate);
    const rest = [...this.devices.values()]
      .filter(({ id }) => bookmark === '' || byLot(id, bookmark) >= 0)
      .sort((left, right) => byLot(left.id, right.id));
    return { devices: rest.slice(0, size), bookmark: rest[size]?.id ?? '' };
  };

  activateAll = async (ids: readonly string[]): Promise<DevicesCommitted> => {
    await new Promise(setImmediate);
    const devices = await Promise.all(ids.map((id) => this.get(id)));
    this.before(devices);
    const unfit = devices.find(({ status }) => status !== 'registered');
    if (unfit !== undefined) throw new BiotError('TRANSITION_ILLEGAL', `${unfit.id} is ${unfit.status}`);
    const transaction = String(this.sizes.push(ids.length)).padStart(64, '0');
    for (const device of devices) this.devices.set(device.id, { ...device, status: 'active', transaction });
    this.after(transaction);
    return { devices, transaction, block: this.sizes.length };
  };

  takenKeys = (fingerprints: readonly string[]): Promise<string[]> => {
    const taken = new Set([...this.devices.values()].map(({ keyFingerprint }) => keyFingerprint));
    return Promise.resolve(fingerprints.filter((fingerprint) => taken.has(fingerprint)));
  };

  #commit(registrations: readonly Registration[]): DevicesCommitted {
    this.before(registrations);
    const existing = registrations.find(({ id }) => this.devices.has(id));
    if (existing !== undefined) throw new BiotError('DEVICE_EXISTS', `${existing.id} is registered already`);
    const transaction = String(this.sizes.length).padStart(64, '0');
    const devices = registrations.map((registration) => this.put(registration, { transaction }));
    this.sizes.push(devices.length);
    this.after(transaction);
    return { devices, transaction, block: this.sizes.length };
  }

  put({ groups = [], tags = {}, ...registration }: Registration, changes: Partial<Device> = {}): Device {
    const instant = '2026-01-01T00:00:00.000Z';
    const device: Device = {
      ...registration,
      ...checkPublicKey(registration.publicKey),
      groups,
      tags,
      org: ORG,
      previousKey: null,
      retiredKeys: [],
      status: 'registered',
      epoch: 1,
      transfer: null,
      registeredAt: instant,
      updatedAt: instant,
      reason: 'registered',
      by: 'admin@operator',
      transaction: 'f'.repeat(64),
      ...changes,
    };
    this.devices.set(device.id, device);
    return device;
  }
}
