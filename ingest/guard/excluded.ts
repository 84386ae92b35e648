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
  const all = [...devices];
  const keys = new Map<string, string[]>();
  let nextChange: number | undefined;
  for (const device of all) {
    for (const key of goneKeys(device, now)) keys.set(key, [...(keys.get(key) ?? []), device.id]);
    const until = overlap(device, now)?.until;
    if (until !== undefined) nextChange = Math.min(nextChange ?? Infinity, until);
  }
  spareUsed(keys, all, now);
  return { keys, nextChange };
}

function spareUsed(keys: Map<string, unknown>, devices: readonly Device[], now: number): void {
  for (const device of devices) {
    if (device.status !== 'active') continue;
    keys.delete(device.keyFingerprint);
    const key = overlap(device, now)?.key;
    if (key !== undefined) keys.delete(key);
  }
}

function isOut({ status }: Device): boolean {
  return status === 'suspended' || status === 'revoked';
}

function goneKeys(device: Device, now: number): readonly string[] {
  const { keyFingerprint, previousKey, retiredKeys } = device;
  if (previousKey === null) return isOut(device) ? [...retiredKeys, keyFingerprint] : retiredKeys;
  if (isOut(device)) return [...retiredKeys, previousKey.keyFingerprint, keyFingerprint];
  return overlap(device, now) === undefined ? [...retiredKeys, previousKey.keyFingerprint] : retiredKeys;
}

/** The key that works beside the newest one, and until when (milliseconds since the Unix epoch). */
function overlap(device: Device, now: number): { key: string; until: number } | undefined {
  const { previousKey } = device;
  if (previousKey === null || isOut(device)) return undefined;
  const until = Date.parse(previousKey.until);
  return until > now ? { key: previousKey.keyFingerprint, until } : undefined;
}
