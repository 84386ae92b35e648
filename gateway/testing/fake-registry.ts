/** The registry channel in memory: a mirror, and ledgers that act as a member, judging as the contracts do. */
import { createHash, createPublicKey, randomBytes } from 'node:crypto';

import {
  type Device,
  type DeviceChange,
  type DeviceStatus,
  mayBecome,
  type Registration,
  unknownDevice,
} from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import type { Question } from '../../chaincode/protocol/policy/difference.ts';
import type { DeviceCommitted, RegistryLedger } from '../../network/ledger/registry.ts';
import type { Mirror } from '../fleet.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { PolicyMirror } from '../policy/policy.ts';

export class FakeRegistry implements Mirror, PolicyMirror {
  readonly records = new Map<string, Device>();
  readonly types = new Map<string, DeviceType>();
  readonly changes: DeviceChange[] = [];
  readonly #listeners = new Set<(devices: Device[]) => void>();
  fresh = true;
  silentMs = 120.5;
  now = Date.parse('2026-01-01T00:00:00Z');
  /** Thrown by the next call to the ledger. */
  failure: BiotError | undefined;
  /** What each registration waits for. */
  registering = (): Promise<void> => Promise.resolve();
  /** Whether changes reach the mirror. */
  delivers = true;

  readonly proposals = new Map<string, Proposal>();
  /** What the last dry run asked. */
  questions: Question[] = [];
  #policy = new RuleSet(DEFAULT_RULES);

  get rules(): readonly Rule[] {
    return this.#policy.rules;
  }

  set rules(rules: readonly Rule[]) {
    this.#policy = new RuleSet(rules);
  }

  policy = (): RuleSet => this.#policy;
  device = (id: string): Device | undefined => this.records.get(id);
  type = (name: string): DeviceType | undefined => this.types.get(name);
  devices = (): IterableIterator<Device> => this.records.values();
  get size(): number {
    return this.records.size;
  }
  freshness = () => ({ fresh: this.fresh, silentMs: this.silentMs, height: 7 });
  onChange = (listener: (devices: Device[]) => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #hasKey(fingerprint: string): boolean {
    return [...this.records.values()].some(({ keyFingerprint }) => keyFingerprint === fingerprint);
  }

  put(devices: Device[]): void {
    for (const device of devices) this.records.set(device.id, device);
    for (const listener of this.#listeners) listener(devices);
  }

  add(id: string, fields: Partial<Device> & { publicKey: string }): Device {
    const device: Device = {
      id,
      tenant: 'acme',
      type: 'thermometer',
      org: 'OperatorMSP',
      status: 'active',
      previousKey: null,
      retiredKeys: [],
      groups: [],
      tags: {},
      transfer: null,
      epoch: 1,
      keyFingerprint: fingerprint(fields.publicKey),
      registeredAt: new Date(this.now).toISOString(),
      updatedAt: new Date(this.now).toISOString(),
      reason: 'registered',
      by: 'admin@operator',
      transaction: randomBytes(32).toString('hex'),
      ...fields,
    };
    this.put([device]);
    return device;
  }

  actingAs(subject: Subject): RegistryLedger {
    const become = (action: Action, to: DeviceStatus) => (id: string, reason: string) =>
      this.#change({ subject, action, id, reason, become: (device) => withStatus(device, to) });
    const change = (id: string, action: Action, reason: string, become: (device: Device) => Device) =>
      this.#change({ subject, action, id, reason, become });
    const unused = (): never => {
      throw new Error('not used by the gateway');
    };
    return {
      register: async (devices) => {
        await this.registering();
        for (const { tenant } of devices)
          await this.judge(subject, 'device:register', { org: subject.org, tenant });
        const existing = devices.find(({ id }) => this.records.has(id));
        if (existing !== undefined) throw new BiotError('DEVICE_EXISTS', `there is a ${existing.id}`);
        const made = devices.map((registration) => this.#register(registration, subject));
        return { devices: made, transaction: made[0]?.transaction ?? '', block: 8 };
      },
      activate: become('device:activate', 'active'),
      activateAll: async (ids, reason) => {
        const devices: Device[] = [];
        for (const id of ids) devices.push((await become('device:activate', 'active')(id, reason)).device);
        return { devices, transaction: devices[0]?.transaction ?? '', block: 8 };
      },
      suspend: become('device:suspend', 'suspended'),
      revoke: become('device:revoke', 'revoked'),
      takenKeys: (fingerprints) => Promise.resolve(fingerprints.filter((print) => this.#hasKey(print))),
      history: async (id) => {
        await this.judge(subject, 'device:read', resourceOf(this.#find(id, subject)));
        return this.changes.filter(
          ({ device }) => device.id === id && serves(subject.tenants, device.tenant),
        );
      },
      rotateKey: (id, publicKey, until) =>
        change(id, 'device:rotate-key', 'key rotated', (device) => withKey(device, publicKey, until)),
      reprovision: (id, publicKey, reason) =>
        change(id, 'device:reprovision', reason, (device) => ({
          ...withKey(device, publicKey),
          epoch: device.epoch + 1,
        })),
      label: (id, labels) => change(id, 'device:label', 'labelled', (device) => ({ ...device, ...labels })),
      transfer: (id, to, reason) =>
        change(id, 'device:transfer', reason, (device) => ({
          ...device,
          transfer: { to, by: subject.name, at: new Date(this.now).toISOString() },
        })),
      cancelTransfer: (id, reason) =>
        change(id, 'device:transfer', reason, (device) => {
          offerOf(device);
          return { ...device, transfer: null };
        }),
      acceptTransfer: (id, reason) =>
        change(id, 'device:accept', reason, (device) => {
          if (offerOf(device).to !== subject.org)
            throw new BiotError('FORBIDDEN', 'it is offered to somebody else');
          return { ...device, org: subject.org, transfer: null };
        }),
      get: (id) => {
        const device = this.records.get(id);
        return device === undefined
          ? Promise.reject(new BiotError('DEVICE_UNKNOWN', `no device ${id}`))
          : Promise.resolve(device);
      },
      list: unused,
    };
  }

  #register(registration: Registration, { org, name }: Subject): Device {
    const { groups = [], tags = {}, ...rest } = registration;
    return this.add(registration.id, { ...rest, groups, tags, org, by: name, status: 'registered' });
  }

  async #change({ subject, action, id, reason, become }: FakeChange): Promise<DeviceCommitted> {
    const device = this.#find(id, subject);
    await this.judge(subject, action, resourceOf(device));
    if (device.status === 'revoked') throw new BiotError('TRANSITION_ILLEGAL', `${id} is revoked`);
    const transaction = randomBytes(32).toString('hex');
    const changed: Device = { ...become(device), reason, by: subject.name, transaction };
    this.changes.unshift({ transaction, timestamp: changed.updatedAt, device: changed });
    if (this.delivers) this.put([changed]);
    return { device: changed, transaction, block: 9 };
  }

  /** What is of another tenant is not there. */
  #find(id: string, { tenants }: Subject): Device {
    const device = this.records.get(id);
    if (device === undefined || !serves(tenants, device.tenant)) throw unknownDevice(id);
    return device;
  }

  /** As the contracts judge what they list. */
  allows(subject: Subject, action: Action, resource: Resource): boolean {
    return this.#policy.decide({ subject, action, resource }).allowed;
  }

  /** As the contracts do. */
  judge(subject: Subject, action: Action, resource: Resource): Promise<void> {
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    const { allowed, reason } = this.#policy.decide({ subject, action, resource });
    return allowed ? Promise.resolve() : Promise.reject(new BiotError('FORBIDDEN', reason));
  }
}

interface FakeChange {
  subject: Subject;
  action: Action;
  id: string;
  reason: string;
  become: (device: Device) => Device;
}

function withStatus(device: Device, status: DeviceStatus): Device {
  if (mayBecome(device.status, status)) return { ...device, status };
  throw new BiotError('TRANSITION_ILLEGAL', `${device.status} to ${status}`);
}

function withKey(device: Device, publicKey: string, until?: Date): Device {
  const { keyFingerprint } = device;
  if (fingerprint(publicKey) === keyFingerprint)
    throw new BiotError('KEY_INVALID', 'it has this key already');
  const previousKey =
    until === undefined ? null : { publicKey: device.publicKey, keyFingerprint, until: until.toISOString() };
  const retiredKeys = previousKey === null ? [...device.retiredKeys, keyFingerprint] : device.retiredKeys;
  return { ...device, publicKey, keyFingerprint: fingerprint(publicKey), previousKey, retiredKeys };
}

function offerOf({ id, transfer }: Device): NonNullable<Device['transfer']> {
  if (transfer === null) throw new BiotError('TRANSITION_ILLEGAL', `${id} is offered to nobody`);
  return transfer;
}

function fingerprint(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
