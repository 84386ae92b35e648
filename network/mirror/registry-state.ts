import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { applyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import type { LedgerBlock } from '../ledger/block-decoding.ts';
import { changesIn } from './block-changes.ts';

export interface RegistryRecords {
  readonly devices: Iterable<Device>;
  readonly types: Iterable<DeviceType>;
  readonly rules: readonly Rule[];
}

/**
 * All devices, their types and the rules as they are after a certain block. Blocks are applied in the ledger's order and each exactly
 * once, so of two records of a device, or two texts of a rule, the later in that order stays; the instants in the
 * records are their submitters' word and decide nothing.
 */
export class RegistryState {
  readonly #devices: Map<string, Device>;
  readonly #types: Map<string, DeviceType>;
  #rules: readonly Rule[];
  /** Made of the rules when it is asked for. */
  #policy: RuleSet | undefined;
  #applied: number;

  /** @param applied the last block whose changes are all in the records; later changes may be, too */
  constructor({ devices, types, rules }: RegistryRecords, applied: number) {
    this.#devices = new Map(Array.from(devices, (device) => [device.id, device]));
    this.#types = new Map(Array.from(types, (type) => [type.name, type]));
    this.#rules = rules;
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

  /** The same object until a block changes the type. */
  type(name: string): DeviceType | undefined {
    return this.#types.get(name);
  }

  types(): IterableIterator<DeviceType> {
    return this.#types.values();
  }

  /** In no particular order. */
  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** The same one until a block changes the rules. */
  policy(): RuleSet {
    this.#policy ??= new RuleSet(this.#rules);
    return this.#policy;
  }

  /**
   * Applies the next block. One that was applied before is passed over: after a reconnection blocks may come twice.
   *
   * @returns the devices that it changed
   * @throws BiotError INTERNAL when a block before it is missing, or an event of the contracts cannot be understood;
   *   the state is then as it was
   */
  apply(block: LedgerBlock): Device[] {
    if (block.number <= this.#applied) return [];
    if (block.number !== this.#applied + 1) {
      throw new BiotError('INTERNAL', `block ${block.number} came after block ${this.#applied}`);
    }
    const { devices, types, policy } = changesIn(block);
    for (const [id, device] of devices) this.#devices.set(id, device);
    for (const [name, type] of types) this.#types.set(name, type);
    if (policy.length > 0) {
      this.#rules = policy.reduce<readonly Rule[]>(applyChange, this.#rules);
      this.#policy = undefined;
    }
    this.#applied = block.number;
    return [...devices.values()];
  }

  /** The devices that an earlier state did not know, or knew otherwise. */
  changesSince(earlier: RegistryState | undefined): Device[] {
    // The transaction that last changed a record names its version.
    return Array.from(this.devices()).filter(
      ({ id, transaction }) => earlier?.device(id)?.transaction !== transaction,
    );
  }
}
