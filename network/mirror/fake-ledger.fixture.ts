import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { applyChange, type PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import type { LedgerBlock, LedgerCall } from '../ledger/client.ts';
import type { MirrorClient } from './registry-fill.ts';

const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOF5EAZAhU+Xt3WC8k6G/lFOIuY4B
5xA/OZgp8RicOx+YbnMkUEMj6VP4kaYCskPH96ePUi6R3wh5A4WLb6lgBQ==
-----END PUBLIC KEY-----
`;
const INSTANT = '2026-01-01T00:00:00.000Z';

export function aDevice(id: string, changes: Partial<Device> = {}): Device {
  return {
    id,
    tenant: 'acme',
    type: 'thermometer',
    org: 'OperatorMSP',
    publicKey: KEY,
    keyFingerprint: '0'.repeat(64),
    status: 'active',
    previousKey: null,
    retiredKeys: [],
    groups: [],
    tags: {},
    transfer: null,
    epoch: 1,
    registeredAt: INSTANT,
    updatedAt: INSTANT,
    reason: 'test',
    by: 'admin@operator',
    transaction: '0'.repeat(64),
    ...changes,
  };
}

/** A type whose devices measure a temperature. */
export function aType(name: string, changes: Partial<DeviceType> = {}): DeviceType {
  return {
    name,
    description: 'test',
    sensors: [{ name: 'temperature', unit: '°C', minimum: -40, maximum: 125, dataType: 'number' }],
    org: 'OperatorMSP',
    version: 1,
    updatedAt: INSTANT,
    by: 'admin@operator',
    transaction: '0'.repeat(64),
    ...changes,
  };
}

/** A rule that denies everybody to revoke devices. */
export function aRule(id: string, changes: Partial<Rule> = {}): Rule {
  return {
    id,
    effect: 'deny',
    description: 'test',
    who: {},
    actions: ['device:revoke'],
    what: {},
    when: {},
    ...changes,
  };
}

/** What a transaction does: it writes devices, puts a type, or changes the rules. */
export type Deed = readonly Device[] | DeviceType | PolicyChange;

/** A channel in memory, with the peer that serves it: commits, lists, streams, and goes away when a test says so. */
export class FakeLedger implements MirrorClient {
  readonly committed: LedgerBlock[];
  genesis = 'a'.repeat(64);
  online = true;
  /** Whether streams of blocks say nothing, though the peer answers queries. */
  mute = false;
  pageSize = 2;
  /** Called while a page of devices, the types or the rules are being read, after their place in the ledger was fixed. */
  whileListing: () => void = () => undefined;
  streamsOpened = 0;
  #transactions = 0;
  #wake = Promise.withResolvers<undefined>();

  constructor() {
    this.committed = [{ number: 0, dataHash: this.genesis, transactions: [] }];
  }

  /** Puts each of the deeds in a transaction of its own, all in one block. */
  commit(...deeds: Deed[]): void {
    const transactions = deeds.map((deed) => {
      this.#transactions += 1;
      const id = this.#transactions.toString(16).padStart(64, '0');
      return { id, valid: true, validation: 'VALID', event: { chaincode: 'biot', ...eventOf(deed, id) } };
    });
    this.append(transactions);
  }

  append(transactions: LedgerBlock['transactions']): void {
    this.committed.push({ number: this.committed.length, dataHash: 'b'.repeat(64), transactions });
    this.changed();
  }

  /** Lets streams look at what the test changed. */
  changed(): void {
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers();
  }

  /** The devices as they are after a block: what any honest mirror has to show. */
  devicesAt(block = this.committed.length - 1): Map<string, Device> {
    const devices = new Map<string, Device>();
    for (const changed of this.#told<{ devices: Device[] }>('devices', block)) {
      for (const device of changed.devices) devices.set(device.id, device);
    }
    return devices;
  }

  /** The types as they are after a block, in the order of their names. */
  typesAt(block = this.committed.length - 1): DeviceType[] {
    const types = this.#told<{ types: DeviceType[] }>('types', block).flatMap((put) => put.types);
    const latest = new Map(types.map((type) => [type.name, type]));
    return [...latest.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The rules as they are after a block, in the order of their ids. */
  rulesAt(block = this.committed.length - 1): Rule[] {
    return this.#told<PolicyChange>('policy', block).reduce<Rule[]>(applyChange, []).sort(byId);
  }

  async evaluate({ contract, transaction, args }: LedgerCall): Promise<string> {
    await this.#answer();
    if (transaction !== 'List') throw new Error(`${transaction} was not expected`);
    const answer = this.#list(contract, args[1] ?? '');
    this.whileListing();
    return JSON.stringify(answer);
  }

  #list(contract: string, bookmark: string): unknown {
    if (contract === 'TypeContract') return this.typesAt();
    return contract === 'PolicyContract' ? this.rulesAt() : this.#page(bookmark);
  }

  #page(bookmark: string): { devices: Device[]; bookmark: string } {
    const rest = [...this.devicesAt().values()].sort(byId).filter(({ id }) => id >= bookmark);
    return { devices: rest.slice(0, this.pageSize), bookmark: rest[this.pageSize]?.id ?? '' };
  }

  /** The contracts' events of a name, up to a block. */
  #told<T>(name: string, block: number): T[] {
    const transactions = this.committed.slice(0, block + 1).flatMap((committed) => committed.transactions);
    return transactions.flatMap(({ event }) =>
      event?.name === name ? [JSON.parse(Buffer.from(event.payload).toString()) as T] : [],
    );
  }

  submit(): Promise<never> {
    return Promise.reject(new Error('a mirror changes nothing'));
  }

  async height(): Promise<number> {
    await this.#answer();
    return this.committed.length;
  }

  async chain(): Promise<string> {
    await this.#answer();
    return this.genesis;
  }

  async *blocks(
    _: string,
    { from, signal }: { from: number; signal: AbortSignal },
  ): AsyncGenerator<LedgerBlock> {
    this.streamsOpened += 1;
    const stop = (): void => {
      this.changed();
    };
    signal.addEventListener('abort', stop);
    for (let next = from; !signal.aborted;) {
      await this.#answer();
      const block = this.mute ? undefined : this.committed[next];
      if (block === undefined) await this.#wake.promise;
      else {
        next += 1;
        yield block;
      }
    }
    signal.removeEventListener('abort', stop);
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (!this.online) throw new BiotError('LEDGER_UNAVAILABLE', 'connection refused');
  }
}

function eventOf(deed: Deed, transaction: string): { name: string; payload: Uint8Array } {
  if ('put' in deed) return { name: 'policy', payload: Buffer.from(JSON.stringify(deed)) };
  if ('sensors' in deed)
    return { name: 'types', payload: Buffer.from(JSON.stringify({ types: [{ ...deed, transaction }] })) };
  const devices = deed.map((device) => ({ ...device, transaction }));
  return { name: 'devices', payload: Buffer.from(JSON.stringify({ devices })) };
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1;
}
