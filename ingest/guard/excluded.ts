import type { Device } from '../../chaincode/protocol/device.ts';

/** Keys that the broker has to refuse by the ledger's word. */
export interface Excluded {
  /** Fingerprints of keys, each with the devices that named it: one that was active with it, and any that never were. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** When the next key is due that still works now (milliseconds since the Unix epoch); undefined when none is. */
  readonly nextChange: number | undefined;
}

/**
 * A device that is suspended or revoked has no key that works; any other has those that it had before. What an active
 * device uses works, whoever else names it: the ledger lets one device become active with a key, and anybody could
 * register another with it, never activate that, and revoke it.
 */
export function excludedKeys(devices: Iterable<Device>, now: number): Excluded {
  const keys = new Map<string, string[]>();
  const used: string[] = [];
  let nextChange: number | undefined;
  for (const device of devices) {
    const { gone, working, overlapUntil } = keysOf(device, now);
    for (const key of gone) keys.set(key, [...(keys.get(key) ?? []), device.id]);
    if (device.status === 'active') used.push(...working);
    if (overlapUntil !== undefined) nextChange = Math.min(nextChange ?? Infinity, overlapUntil);
  }
  for (const key of used) keys.delete(key);
  return { keys, nextChange };
}

interface Keys {
  readonly gone: readonly string[];
  readonly working: readonly string[];
  /** Until when the last of the working ones works. */
  readonly overlapUntil?: number;
}

function keysOf({ status, keyFingerprint, previousKey, retiredKeys }: Device, now: number): Keys {
  const previous = previousKey === null ? [] : [previousKey.keyFingerprint];
  if (status === 'suspended' || status === 'revoked')
    return { gone: [...retiredKeys, ...previous, keyFingerprint], working: [] };
  const overlapUntil = previousKey === null ? now : Date.parse(previousKey.until);
  if (overlapUntil <= now) return { gone: [...retiredKeys, ...previous], working: [keyFingerprint] };
  return { gone: retiredKeys, working: [keyFingerprint, ...previous], overlapUntil };
}
