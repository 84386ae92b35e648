/** How a device comes onto the ledger. */
import type { Context } from 'fabric-contract-api';

import type { Device, Registration } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { type CheckedKey, checkPublicKey } from '../protocol/public-key.ts';
import { announceDevices, markOf } from './device-changes.ts';
import { keyTaken, takeKeys } from './device-keys.ts';
import { putNewDevices } from './device-records.ts';

interface Origin {
  /** MSP id of the organisation that owns it. */
  readonly org: string;
  readonly by: Subject;
  readonly status: 'registered' | 'active';
  readonly reason: string;
}

/** @throws BiotError KEY_INVALID, naming the device: it may be one of hundreds */
export function newDevice(ctx: Context, registration: Registration, origin: Origin): Device {
  const { id, tenant, type, publicKey, groups = [], tags = {} } = registration;
  const { org, by, status, reason } = origin;
  const mark = markOf(ctx, by, reason);
  return {
    id,
    tenant,
    type,
    org,
    ...checkedKey(id, publicKey),
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

function checkedKey(id: string, publicKey: string): CheckedKey {
  try {
    return checkPublicKey(publicKey);
  } catch (error) {
    if (!(error instanceof BiotError)) throw error;
    throw new BiotError(error.code, `${id}: ${error.message}`, { cause: error });
  }
}

/**
 * Puts new devices onto the ledger, all or none.
 *
 * @throws BiotError DEVICE_EXISTS, KEY_TAKEN
 */
export async function addDevices(ctx: Context, added: readonly Device[]): Promise<void> {
  refuseRepetition(added);
  await putNewDevices(ctx.stub, added);
  await takeKeys(
    ctx,
    added.map((after) => ({ after })),
  );
  announceDevices(ctx, added);
}

/** What the transaction itself has put it cannot read back, so that no reading would find one that is there twice. */
function refuseRepetition(added: readonly Device[]): void {
  const seen = new Set<string>();
  for (const { id, keyFingerprint } of added) {
    if (seen.has(id)) throw new BiotError('INVALID_ARGUMENT', `devices: ${id} is there twice`);
    if (seen.has(keyFingerprint)) throw keyTaken(id);
    seen.add(id).add(keyFingerprint);
  }
}
