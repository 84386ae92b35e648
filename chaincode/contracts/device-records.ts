import type { Context } from 'fabric-contract-api';

import { type Device, deviceSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { Collection } from './collection.ts';

/** The devices, by id. */
export const devices = new Collection('device', deviceSchema);

export function unknownDevice(id: string): BiotError {
  return new BiotError('DEVICE_UNKNOWN', `the ledger knows no device ${id}`);
}

/** @throws BiotError DEVICE_UNKNOWN */
export async function findDevice({ stub }: Context, id: string): Promise<Device> {
  const device = await devices.get(stub, [id]);
  if (device === undefined) throw unknownDevice(id);
  return device;
}
