/** Whose each key is. One key in two devices would let who registers the second have the first refused by revoking it. */
import type { Context } from 'fabric-contract-api';

import type { Device } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema } from '../protocol/identifiers.ts';
import { Collection } from './collection.ts';

/**
 * Ids of devices, by the fingerprints of the keys that they have or had: a key is one device's, once and for good. In
 * front of the fingerprint stand its first digits, so that many that begin alike are read at once.
 */
const owners = new Collection('device-key', deviceIdSchema);
const DIGITS = 2;

function placeOf(fingerprint: string): [prefix: string, fingerprint: string] {
  return [fingerprint.slice(0, DIGITS), fingerprint];
}

/** @throws BiotError KEY_INVALID when the device had the key before, KEY_TAKEN when another has or had it */
export async function takeKey({ stub }: Context, { id, keyFingerprint }: Device): Promise<void> {
  const owner = await owners.get(stub, placeOf(keyFingerprint));
  if (owner === id) {
    throw new BiotError('KEY_INVALID', `${id} had this key before: it is retired for good`);
  }
  // Which one it is stays untold: it may be another tenant's.
  if (owner !== undefined) throw new BiotError('KEY_TAKEN', `the key of ${id} is another device's`);
  await owners.put(stub, placeOf(keyFingerprint), id);
}

/** So many reads take as long as reading all that begin alike, be they some hundreds. */
const WORTH_READING_ALL = 8;

/** Those of the fingerprints that are the keys of devices, or were; quickest when many of them begin alike. */
export async function takenKeys({ stub }: Context, fingerprints: readonly string[]): Promise<string[]> {
  const taken: string[] = [];
  for (const [prefix, alike] of Map.groupBy(fingerprints, (fingerprint) => fingerprint.slice(0, DIGITS))) {
    if (alike.length < WORTH_READING_ALL) {
      for (const fingerprint of alike)
        if ((await owners.get(stub, placeOf(fingerprint))) !== undefined) taken.push(fingerprint);
    } else {
      const known = new Set(await owners.places(stub, [prefix]));
      taken.push(...alike.filter((fingerprint) => known.has(fingerprint)));
    }
  }
  return taken;
}
