/** Whose each key is. One key in two devices would let who registers the second have the first refused by revoking it. */
import type { Context } from 'fabric-contract-api';

import type { Device } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema } from '../protocol/identifiers.ts';
import { Collection } from './collection.ts';

/** Ids of devices, by the fingerprints of the keys that they have or had: a key is one device's, once and for good. */
const owners = new Collection('device-key', deviceIdSchema);

/** @throws BiotError KEY_INVALID when the device had the key before, KEY_TAKEN when another has or had it */
export async function takeKey({ stub }: Context, { id, keyFingerprint }: Device): Promise<void> {
  const owner = await owners.get(stub, [keyFingerprint]);
  if (owner === id) {
    throw new BiotError('KEY_INVALID', `${id} had this key before: it is retired for good`);
  }
  // Which one it is stays untold: it may be another tenant's.
  if (owner !== undefined) throw new BiotError('KEY_TAKEN', `the key of ${id} is another device's`);
  await owners.put(stub, [keyFingerprint], id);
}

/** Those of the fingerprints that are the keys of devices, or were. */
export async function takenKeys({ stub }: Context, fingerprints: readonly string[]): Promise<string[]> {
  const taken: string[] = [];
  for (const fingerprint of fingerprints) {
    if ((await owners.get(stub, [fingerprint])) !== undefined) taken.push(fingerprint);
  }
  return taken;
}
