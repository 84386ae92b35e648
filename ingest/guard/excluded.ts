import type { Device } from '../../chaincode/protocol/device.ts';

/** Keys that the broker has to refuse by the ledger's word. */
export interface Excluded {
  /** Fingerprints of keys, with the device that each belongs to. */
  readonly keys: ReadonlyMap<string, string>;
  /** When the next key is due that still works now (milliseconds since the Unix epoch); undefined when none is. */
  readonly nextChange: number | undefined;
}

/** A device that is suspended or revoked has no key that works; any other has those that it had before. */
export function excludedKeys(devices: Iterable<Device>, now: number): Excluded {
  const keys = new Map<string, string>();
  let nextChange: number | undefined;
  for (const { id, status, keyFingerprint, previousKey, retiredKeys } of devices) {
    for (const key of retiredKeys) keys.set(key, id);
    const out = status === 'suspended' || status === 'revoked';
    if (out) keys.set(keyFingerprint, id);
    if (previousKey === null) continue;
    const until = Date.parse(previousKey.until);
    if (out || until <= now) keys.set(previousKey.keyFingerprint, id);
    else nextChange = Math.min(nextChange ?? Infinity, until);
  }
  return { keys, nextChange };
}
