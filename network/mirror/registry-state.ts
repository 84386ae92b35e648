import { type Device, DEVICES_EVENT, devicesEventSchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { LedgerBlock, LedgerEvent } from '../ledger/block-decoding.ts';
import { CHAINCODE } from '../ledger/client.ts';

/**
 * All devices as they are after a certain block. Blocks are applied in the ledger's order and each exactly once, so
 * of two records of a device the later in that order stays; the instants in the records are their submitters' word
 * and decide nothing.
 */
export class RegistryState {
  readonly #devices: Map<string, Device>;
  #applied: number;

  /** @param applied the last block whose changes are all in `devices`; later changes may be, too */
  constructor(devices: Iterable<Device>, applied: number) {
    this.#devices = new Map(Array.from(devices, (device) => [device.id, device]));
    this.#applied = applied;
  }

  /** Number of the last block applied. */
  get applied(): number {
    return this.#applied;
  }

  get size(): number {
    return this.#devices.size;
  }

  device(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  devices(): IterableIterator<Device> {
    return this.#devices.values();
  }

  /**
   * Applies the next block. One that was applied before is passed over: after a reconnection blocks may come twice.
   *
   * @returns the devices that it changed
   * @throws BiotError INTERNAL when a block before it is missing, or an event of the contract cannot be understood;
   *   the state is then as it was
   */
  apply(block: LedgerBlock): Device[] {
    if (block.number <= this.#applied) return [];
    if (block.number !== this.#applied + 1) {
      throw new BiotError('INTERNAL', `block ${block.number} came after block ${this.#applied}`);
    }
    const changed = new Map<string, Device>();
    for (const { event } of block.transactions) {
      for (const device of devicesIn(event)) changed.set(device.id, device);
    }
    for (const [id, device] of changed) this.#devices.set(id, device);
    this.#applied = block.number;
    return [...changed.values()];
  }

  /** The devices that an earlier state did not know, or knew otherwise. */
  changesSince(earlier: RegistryState | undefined): Device[] {
    // The transaction that last changed a record names its version.
    return Array.from(this.devices()).filter(
      ({ id, transaction }) => earlier?.device(id)?.transaction !== transaction,
    );
  }
}

/** Other contracts on the channel may use the same name for events of their own. */
function devicesIn(event: LedgerEvent | undefined): Device[] {
  if (event?.chaincode !== CHAINCODE || event.name !== DEVICES_EVENT) return [];
  try {
    return devicesEventSchema.parse(JSON.parse(Buffer.from(event.payload).toString('utf8'))).devices;
  } catch (cause) {
    throw new BiotError('INTERNAL', 'a change of devices that this version does not understand', { cause });
  }
}
