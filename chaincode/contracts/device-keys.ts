/**
 * Whose each key is. A device takes its key when it becomes active: until then it can prove nothing with it, and may
 * name any key. One key of two devices that were active would let who has the second have the first refused.
 */
import type { Context } from 'fabric-contract-api';

import type { Device } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema } from '../protocol/identifiers.ts';
import { Collection } from './collection.ts';

/**
 * Ids of devices, by the fingerprints of the keys that they took: a key is one device's, once and for good. In front of
 * the fingerprint stand its first digits, so that many that begin alike are read at once.
 */
const owners = new Collection('device-key', deviceIdSchema);
const DIGITS = 2;

function placeOf(fingerprint: string): [prefix: string, fingerprint: string] {
  return [fingerprint.slice(0, DIGITS), fingerprint];
}

/** A device as it was, if it was there, and as it becomes. */
export interface DeviceStep {
  readonly before?: Device;
  readonly after: Device;
}

/** Takes the keys of those that become active for the first time, or get another one. @throws BiotError KEY_TAKEN */
export async function takeKeys(ctx: Context, steps: readonly DeviceStep[]): Promise<void> {
  const taken = new Set<string>();
  for (const step of steps) {
    if (!needsKey(step)) continue;
    const { id, keyFingerprint } = step.after;
    // What the transaction itself has put it cannot read back.
    if (taken.has(keyFingerprint)) throw keyTaken(id);
    taken.add(keyFingerprint);
    await takeKey(ctx, step.after);
  }
}

function needsKey({ before, after }: DeviceStep): boolean {
  if (after.status === 'registered' || after.status === 'revoked') return false;
  if (before === undefined || before.status === 'registered') return true;
  return before.keyFingerprint !== after.keyFingerprint;
}

async function takeKey({ stub }: Context, { id, keyFingerprint }: Device): Promise<void> {
  const owner = await owners.get(stub, placeOf(keyFingerprint));
  if (owner !== undefined) throw keyTaken(id);
  await owners.put(stub, placeOf(keyFingerprint), id);
}

/** Which one has it stays untold: it may be another tenant's. */
export function keyTaken(id: string): BiotError {
  return new BiotError('KEY_TAKEN', `the key of ${id} is another device's`);
}

/** So many reads take as long as reading all that begin alike, be they some hundreds. */
const WORTH_READING_ALL = 8;

/** Those of the fingerprints whose keys were taken; quickest when many of them begin alike. */
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
