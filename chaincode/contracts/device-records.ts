import type { Context } from 'fabric-contract-api';

import { type Device, deviceSchema, unknownDevice } from '../protocol/device.ts';
import { serves } from '../protocol/tenants.ts';
import { callerOf } from './caller.ts';
import { Collection } from './collection.ts';

/** The devices, by id. */
export const devices = new Collection('device', deviceSchema);

/** A device of whatever tenant, for who may have it by other means. @throws BiotError DEVICE_UNKNOWN */
export async function findAnyDevice({ stub }: Context, id: string): Promise<Device> {
  const device = await devices.get(stub, [id]);
  if (device === undefined) throw unknownDevice(id);
  return device;
}

/** A device of the caller's tenants. @throws BiotError DEVICE_UNKNOWN, or FORBIDDEN when the caller is no member */
export async function findDevice(ctx: Context, id: string): Promise<Device> {
  const { tenants } = callerOf(ctx);
  const device = await findAnyDevice(ctx, id);
  if (!serves(tenants, device.tenant)) throw unknownDevice(id);
  return device;
}
