/** How a device comes onto the ledger. */
import type { Context } from 'fabric-contract-api';

import type { Device, Registration } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { checkPublicKey } from '../protocol/public-key.ts';
import { markOf } from './device-changes.ts';
import { devices } from './device-records.ts';

interface Origin {
  /** MSP id of the organisation that owns it. */
  readonly org: string;
  readonly by: Subject;
  readonly status: 'registered' | 'active';
  readonly reason: string;
}

/** @throws BiotError KEY_INVALID */
export function newDevice(ctx: Context, registration: Registration, origin: Origin): Device {
  const { id, tenant, type, publicKey, groups = [], tags = {} } = registration;
  const { org, by, status, reason } = origin;
  const mark = markOf(ctx, by, reason);
  return {
    id,
    tenant,
    type,
    org,
    ...checkPublicKey(publicKey),
    previousKey: null,
    retiredKeys: [],
    status,
    epoch: 1,
    groups: [...groups].sort(),
    tags,
    transfer: null,
    registeredAt: mark.updatedAt,
    ...mark,
  };
}

/** @throws BiotError DEVICE_EXISTS */
export async function refuseExisting({ stub }: Context, id: string): Promise<void> {
  if ((await devices.get(stub, [id])) !== undefined) {
    throw new BiotError('DEVICE_EXISTS', `device ${id} is registered already`);
  }
}
