import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { cacheDirectory } from './cache.ts';
import { readInstance } from './instance.ts';
import { listeningPorts } from './listeners.ts';
import { listPorts, PORT_SPAN, portsFrom } from './ports.ts';

/** The default home's first choice; other homes search behind it and so leave it alone. */
export const DEFAULT_PORT_BASE = 8440;

/** Linux hands out ports from here on (ip_local_port_range) to outgoing connections, which would now and then take ours. */
const FIRST_EPHEMERAL_PORT = 32_768;

const CLAIM_GRACE_MS = 10_000;

/**
 * Chooses a port base for a new home and claims it.
 *
 * That nobody listens on the ports is not enough: another home may have been created a moment ago and not be
 * started yet. So each base is claimed by a file, created exclusively, that names the home; a claim whose home
 * is gone or keeps another base is taken over.
 *
 * @throws BiotError SETUP_FAILED when no base is left.
 */
export function claimPortBase(
  root: string,
  first: number,
  claims: string = join(cacheDirectory(), 'port-bases'),
): number {
  mkdirSync(claims, { recursive: true });
  const taken = new Set(listeningPorts().keys());
  for (let base = first; base + PORT_SPAN <= FIRST_EPHEMERAL_PORT; base += PORT_SPAN) {
    const free = !listPorts(portsFrom(base)).some((port) => taken.has(port));
    if (free && claim(join(claims, String(base)), root, base)) return base;
  }
  throw new BiotError('SETUP_FAILED', `no free range of ports between ${first} and ${FIRST_EPHEMERAL_PORT}`);
}

function claim(file: string, root: string, base: number): boolean {
  if (createExclusively(file, root)) return true;
  const owner = readOwner(file);
  if (owner === root) return true;
  if (owner !== undefined && (isYoung(file) || readInstance(owner)?.portBase === base)) return false;
  rmSync(file, { force: true });
  return createExclusively(file, root);
}

/** The home of a young claim may be in the making and not have written its instance.json yet. */
function isYoung(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < CLAIM_GRACE_MS;
}

function createExclusively(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new BiotError('SETUP_FAILED', `cannot claim ports in ${file}`, { cause: error });
  }
}

function readOwner(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
