import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { run } from '../../network/processes/run.ts';

/** A Debian package and a program that is there when it is installed. */
export interface DebianPackage {
  name: string;
  program: string;
}

export const MARIADB: DebianPackage = { name: 'mariadb-server', program: 'mariadbd' };
export const MOSQUITTO: DebianPackage = { name: 'mosquitto', program: 'mosquitto' };
export const SOCAT: DebianPackage = { name: 'socat', program: 'socat' };
export const COAP_CLIENT: DebianPackage = { name: 'libcoap3-bin', program: 'coap-client-openssl' };
export const CHROMIUM: DebianPackage = { name: 'chromium', program: 'chromium' };
export const MOSQUITTO_CLIENTS: DebianPackage = { name: 'mosquitto-clients', program: 'mosquitto_pub' };

const APT_WITHIN_MS = 10 * 60_000;

/** Servers lie in sbin folders, which a person's PATH often lacks. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_FOLDERS].filter(
    (folder) => folder !== '',
  );
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** @throws BiotError SETUP_FAILED when it is not there */
export function requireProgram(program: string): string {
  const found = findProgram(program);
  if (found === undefined) throw new BiotError('SETUP_FAILED', `${program} is not installed: run npm start`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Installs the Debian packages that are missing. It does so only where it may: as root, or by a sudo that asks
 * nothing.
 *
 * @throws BiotError SETUP_FAILED with the command that a person has to run, when it may not
 */
export async function ensurePackages(
  packages: readonly DebianPackage[],
  note: (text: string) => void,
): Promise<void> {
  const missing = packages
    .filter(({ program }) => findProgram(program) === undefined)
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const prefix = await privilege();
  if (prefix === undefined || findProgram('apt-get') === undefined) {
    throw new BiotError(
      'SETUP_FAILED',
      `${missing.join(' and ')} must be installed first; run: sudo ${command}`,
    );
  }
  note(`installing Debian packages ${missing.join(', ')}`);
  const apt = [...prefix, 'apt-get'];
  await runPrivileged([...apt, 'update']);
  await runPrivileged([...apt, 'install', '-y', '--no-install-recommends', ...missing]);
}

async function runPrivileged(command: readonly string[]): Promise<void> {
  const [program = 'apt-get', ...args] = command;
  await run(program, args, { env: { DEBIAN_FRONTEND: 'noninteractive' }, withinMs: APT_WITHIN_MS });
}

async function privilege(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}
