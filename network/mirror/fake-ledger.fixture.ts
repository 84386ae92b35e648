import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
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
    epoch: 1,
    registeredAt: INSTANT,
    updatedAt: INSTANT,
    reason: 'test',
    by: 'admin@operator',
    transaction: '0'.repeat(64),
    ...changes,
  };
}

/** A channel in memory, with the peer that serves it: commits, lists, streams, and goes away when a test says so. */
export class FakeLedger implements MirrorClient {
  readonly committed: LedgerBlock[];
  genesis = 'a'.repeat(64);
  online = true;
  /** Whether streams of blocks say nothing, though the peer answers queries. */
  mute = false;
  pageSize = 2;
  /** Called while a page is being read, after its place in the ledger was fixed. */
  whileListing: () => void = () => undefined;
  streamsOpened = 0;
  #transactions = 0;
  #wake = Promise.withResolvers<undefined>();

  constructor() {
    this.committed = [{ number: 0, dataHash: this.genesis, transactions: [] }];
  }

  /** Puts each of the groups in a transaction of its own, all in one block. */
  commit(...groups: Device[][]): void {
    const transactions = groups.map((devices) => {
      this.#transactions += 1;
      const id = this.#transactions.toString(16).padStart(64, '0');
      const records = devices.map((device) => ({ ...device, transaction: id }));
      const payload = Buffer.from(JSON.stringify({ devices: records }));
      return { id, valid: true, validation: 'VALID', event: { chaincode: 'biot', name: 'devices', payload } };
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
    for (const { transactions } of this.committed.slice(0, block + 1)) {
      for (const { event } of transactions) {
        if (event === undefined) continue;
        const changed = JSON.parse(Buffer.from(event.payload).toString()) as { devices: Device[] };
        for (const device of changed.devices) devices.set(device.id, device);
      }
    }
    return devices;
  }

  async evaluate({ transaction, args }: LedgerCall): Promise<string> {
    await this.#answer();
    if (transaction !== 'List') throw new Error(`${transaction} was not expected`);
    const [, bookmark = ''] = args;
    const ordered = [...this.devicesAt().values()].sort((left, right) => (left.id < right.id ? -1 : 1));
    const rest = ordered.filter(({ id }) => id >= bookmark);
    this.whileListing();
    return JSON.stringify({
      devices: rest.slice(0, this.pageSize),
      bookmark: rest[this.pageSize]?.id ?? '',
    });
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
