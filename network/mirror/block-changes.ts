import type { z } from 'zod';
import { type Device, DEVICES_EVENT, devicesEventSchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import { POLICY_EVENT, policyEventSchema } from '../../chaincode/protocol/policy/proposal.ts';
import type { LedgerBlock, LedgerEvent } from '../ledger/block-decoding.ts';
import { CHAINCODE } from '../ledger/client.ts';

interface BlockChanges {
  /** The records of the devices that it changed, as it leaves them. */
  readonly devices: ReadonlyMap<string, Device>;
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
  const policy: PolicyChange[] = [];
  for (const { event } of transactions) {
    // Other contracts on the channel may use the same names for events of their own.
    if (event?.chaincode !== CHAINCODE) continue;
    if (event.name === POLICY_EVENT) policy.push(read(policyEventSchema, event));
    if (event.name !== DEVICES_EVENT) continue;
    for (const device of read(devicesEventSchema, event).devices) devices.set(device.id, device);
  }
  return { devices, policy };
}

function read<Schema extends z.ZodType>(schema: Schema, { name, payload }: LedgerEvent): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch (cause) {
    throw new BiotError('INTERNAL', `an event “${name}” that this version does not understand`, { cause });
  }
}
