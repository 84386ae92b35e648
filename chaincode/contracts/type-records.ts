import type { Context } from 'fabric-contract-api';

import type { Device } from '../protocol/device.ts';
import { type DeviceType, typeSchema } from '../protocol/device-type.ts';
import { BiotError } from '../protocol/errors.ts';
import { Collection } from './collection.ts';

/** The types of devices, by name. */
export const types = new Collection('type', typeSchema);

/** @throws BiotError TYPE_UNKNOWN */
export async function findType({ stub }: Context, name: string): Promise<DeviceType> {
  const type = await types.get(stub, [name]);
  if (type === undefined) throw unknownType(name);
  return type;
}

function unknownType(name: string): BiotError {
  return new BiotError('TYPE_UNKNOWN', `the ledger knows no type ${name}`);
}

/** A device of no type could send nothing. Types never go, so it is asked once, when a device comes. @throws BiotError TYPE_UNKNOWN */
export async function requireTypes(
  { stub }: Context,
  devices: readonly Pick<Device, 'type'>[],
): Promise<void> {
  for (const name of new Set(devices.map(({ type }) => type)))
    if (!(await types.has(stub, [name]))) throw unknownType(name);
}
