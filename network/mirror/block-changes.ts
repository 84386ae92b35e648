import type { z } from 'zod';
import { type Device, DEVICES_EVENT, devicesEventSchema } from '../../chaincode/protocol/device.ts';
import { type DeviceType, TYPES_EVENT, typesEventSchema } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import { POLICY_EVENT, policyEventSchema } from '../../chaincode/protocol/policy/proposal.ts';
import type { LedgerBlock, LedgerEvent } from '../ledger/block-decoding.ts';
import { CHAINCODE } from '../ledger/client.ts';

interface BlockChanges {
  /** The records of the devices that it changed, as it leaves them. */
  readonly devices: ReadonlyMap<string, Device>;
  /** The types that it changed, as it leaves them. */
  readonly types: ReadonlyMap<string, DeviceType>;
  /** Its changes of the rules, in their order. */
  readonly policy: readonly PolicyChange[];
}

/**
 * What a block of the channel `registry` changes.
 *
 * @throws BiotError INTERNAL when an event of the contracts cannot be understood
 */
export function changesIn({ transactions }: LedgerBlock): BlockChanges {
  const devices = new Map<string, Device>();
  const types = new Map<string, DeviceType>();
  const policy: PolicyChange[] = [];
  const readers: Readonly<Record<string, (event: LedgerEvent) => void>> = {
    [DEVICES_EVENT]: (event) => {
      for (const device of read(devicesEventSchema, event).devices) devices.set(device.id, device);
    },
    [TYPES_EVENT]: (event) => {
      for (const type of read(typesEventSchema, event).types) types.set(type.name, type);
    },
    [POLICY_EVENT]: (event) => {
      policy.push(read(policyEventSchema, event));
    },
  };
  for (const { event } of transactions) {
    // Other contracts on the channel may use the same names for events of their own.
    if (event?.chaincode === CHAINCODE && Object.hasOwn(readers, event.name)) readers[event.name]?.(event);
  }
  return { devices, types, policy };
}

function read<Schema extends z.ZodType>(schema: Schema, { name, payload }: LedgerEvent): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch (cause) {
    throw new BiotError('INTERNAL', `an event “${name}” that this version does not understand`, { cause });
  }
}
