import type { Device, Registration } from '../../chaincode/protocol/device.ts';
import { byLot } from '../../chaincode/protocol/device-lot.ts';
import type { BiotError, ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Problem, Problems } from './problems.ts';
import type { Entry } from './row.ts';
import { type ImportFormat, pauses, surveyFile } from './survey.ts';

/** What the ledger says before anything is registered. */
export interface Ledger {
  /** MSP id of the organisation whose devices they become. */
  readonly org: string;
  /** Those of the devices that it has. @param ids in the ledger's order (`byLot`) */
  known(ids: readonly string[]): Promise<ReadonlyMap<string, Device>>;
  /** Why it would refuse to register this, if it would. */
  refusal(registration: Registration): Promise<BiotError | undefined>;
  /** TYPE_UNKNOWN, if the ledger does not know the type. */
  typeRefusal(type: string): Promise<BiotError | undefined>;
  /** Those of 1 to 1,000 fingerprints that are keys of devices which were active. */
  takenKeys(fingerprints: readonly string[]): Promise<readonly string[]>;
}

/** What the contract takes. */
const KEYS_AT_ONCE = 1000;

/** What an import of a file would do. */
export interface Plan {
  readonly rows: number;
  /** Rows that are right, whether the ledger has them already or not. */
  readonly valid: number;
  /** Rows that the ledger has just so. */
  readonly existing: number;
  /** Those of them that were never active. */
  readonly idle: readonly string[];
  readonly fresh: readonly Entry[];
  readonly problems: Problems;
}

/**
 * Finds out what importing a file would do, and does nothing of it.
 *
 * @throws BiotError INVALID_ARGUMENT for a file that is too large, or what asking the ledger ends in
 */
export async function planImport(bytes: Uint8Array, format: ImportFormat, ledger: Ledger): Promise<Plan> {
  const { rows, entries, otherTypes, problems, nameOf } = await surveyFile(bytes, format);
  const ids = entries.map(({ registration }) => registration.id).sort(byLot);
  const known = ids.length === 0 ? new Map<string, Device>() : await ledger.known(ids);
  const unknown: Entry[] = [];
  const existing: Device[] = [];
  const pause = pauses();
  for (const entry of entries) {
    await pause();
    const device = known.get(entry.registration.id);
    const problem = device === undefined ? await refused(entry, ledger) : conflict(entry, device, ledger.org);
    if (problem !== undefined) problems.add(problem);
    else if (device === undefined) unknown.push(entry);
    else existing.push(device);
  }
  for (const { line, type } of otherTypes) {
    const refusal = await ledger.typeRefusal(type);
    if (refusal !== undefined) problems.add(problemOf(line, refusal));
  }
  const taken = await takenAmong(unknown, ledger);
  const fresh = unknown.filter(({ keyFingerprint }) => !taken.has(keyFingerprint));
  for (const entry of unknown)
    if (taken.has(entry.keyFingerprint)) problems.add(keyTaken(entry, nameOf('publicKey')));
  const idle = existing.filter(({ status }) => status === 'registered').map(({ id }) => id);
  return { rows, valid: fresh.length + existing.length, existing: existing.length, idle, fresh, problems };
}

/** Those keys that are other devices' already. They are asked for in order: what begins alike is read at once. */
async function takenAmong(entries: readonly Entry[], ledger: Ledger): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const fingerprints = entries.map(({ keyFingerprint }) => keyFingerprint).sort();
  for (let start = 0; start < fingerprints.length; start += KEYS_AT_ONCE) {
    for (const fingerprint of await ledger.takenKeys(fingerprints.slice(start, start + KEYS_AT_ONCE)))
      taken.add(fingerprint);
  }
  return taken;
}

function keyTaken({ line, registration: { id } }: Entry, column: string): Problem {
  return { line, column, code: 'KEY_TAKEN', message: `the key of ${id} is another device's` };
}

/** What the ledger's refusals are about. */
const COLUMNS: Partial<Record<ErrorCode, string>> = { TYPE_UNKNOWN: 'type', DEVICE_EXISTS: 'id' };

async function refused({ line, registration }: Entry, ledger: Ledger): Promise<Problem | undefined> {
  const refusal = await ledger.refusal(registration);
  return refusal && problemOf(line, refusal);
}

function problemOf(line: number, { code, message }: BiotError): Problem {
  return { line, column: COLUMNS[code] ?? null, code, message };
}

/**
 * A device is what the row says if owner, key, tenant and type are: its labels may have been changed since, and its
 * status.
 */
export function conflict({ line, registration }: Entry, device: Device, org: string): Problem | undefined {
  const { id } = registration;
  const differing = (['tenant', 'type', 'publicKey'] as const).filter(
    (field) => device[field] !== registration[field],
  );
  if (differing.length === 0 && device.org === org) return undefined;
  const words = { tenant: `tenant ${device.tenant}`, type: `type ${device.type}`, publicKey: 'another key' };
  const otherwise = differing.map((field) => words[field]).join(', ');
  const message = `${id} is registered already, as ${device.org}'s${otherwise === '' ? '' : `, with ${otherwise}`}`;
  return { line, column: 'id', code: 'DEVICE_EXISTS', message };
}
