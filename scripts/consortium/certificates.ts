/**
 * What renew-certificates.sh cannot do with Fabric's own programs, which issue no certificates.
 *
 *   check DAYS OWNER…     lists the certificates, the next to expire first; ends with 1 when one does within DAYS
 *   renew DAYS OWNER…     renews those that expire within DAYS, and restarts who uses them
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { restartServers } from '../../network/consortium.ts';
import { refreshChaincodeConnections } from '../../network/fabric/chaincode-connections.ts';
import { requireState } from '../../network/fabric/state.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import { type Home, openHome } from '../../network/home/home.ts';
import { openAuthority } from '../../network/pki/credentials.ts';
import { type KeptCertificate, keptCertificates } from '../../network/pki/inventory.ts';
import { keepIssued } from '../../network/pki/issued.ts';
import { statedBy } from '../../network/pki/members.ts';
import { renewCertificate } from '../../network/pki/renewal.ts';
import { runCommand } from '../cli/command.ts';
import { restartApplications } from '../platform/restart.ts';
import { table } from '../cli/table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PERMISSIONS = 0o777;

interface Dated {
  readonly certificate: KeptCertificate;
  readonly expires: Date;
  readonly daysLeft: number;
}

type Command = (home: Home, chosen: readonly Dated[], due: readonly Dated[]) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, Command>> = {
  check(_home, chosen, due) {
    const rows = chosen.map((dated) => [...rowOf(dated), due.includes(dated) ? 'DUE' : '']);
    process.stdout.write(`${table([['owner', 'certificate', 'expires', 'days', ''], ...rows])}\n`);
    return due.length === 0 ? 0 : 1;
  },
  async renew(home, _chosen, due) {
    const renewed: KeptCertificate[] = [];
    for (const { certificate, daysLeft } of due) {
      if (await renew(home, certificate)) renewed.push(certificate);
      else say(`${nameOf(certificate)} ends in ${daysLeft} days: ${REPLACE_AUTHORITY}`);
    }
    say(renewed.length === 0 ? 'nothing to renew' : `renewed ${renewed.length} certificates`);
    if (renewed.length > 0) await putIntoUse(home, new Set(renewed.flatMap(({ usedBy }) => usedBy)));
    return renewed.length === due.length ? 0 : 1;
  },
};

const REPLACE_AUTHORITY =
  'an authority is not renewed but followed by another, which the channels must know first (docs/operations.md)';

await runCommand({
  help: 'Part of renew-certificates.sh.',
  options: {},
  async run({ positionals: [name = '', days = '', ...owners] }) {
    const command = COMMANDS[name];
    if (command === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(COMMANDS).join(', ')}`);
    if (!/^\d{1,5}$/.test(days)) throw new BiotError('INVALID_ARGUMENT', `${days} is no number of days`);
    const home = openHome();
    const chosen = choose(home, owners);
    return command(
      home,
      chosen,
      chosen.filter(({ daysLeft }) => daysLeft <= Number(days)),
    );
  },
});

function choose(home: Home, owners: readonly string[]): Dated[] {
  const present = keptCertificates(home).filter(({ file }) => existsSync(file));
  const known = new Set(present.map(({ owner }) => owner));
  const unknown = owners.find((owner) => !known.has(owner));
  if (unknown !== undefined)
    throw new BiotError(
      'INVALID_ARGUMENT',
      `${unknown} has no certificates: there are ${[...known].join(', ')}`,
    );
  return present
    .filter(({ owner }) => owners.length === 0 || owners.includes(owner))
    .map(dated)
    .toSorted((one, other) => one.expires.getTime() - other.expires.getTime());
}

function dated(certificate: KeptCertificate): Dated {
  const expires = new X509Certificate(readFileSync(certificate.file)).validToDate;
  return { certificate, expires, daysLeft: Math.floor((expires.getTime() - Date.now()) / DAY_MS) };
}

/** @returns false for what cannot be renewed: an authority's own certificate. */
async function renew(home: Home, { file, authority }: KeptCertificate): Promise<boolean> {
  if (authority === undefined) return false;
  const old = readFileSync(file, 'utf8');
  const renewed = await renewCertificate(openAuthority(authority), old);
  // The old one stays valid until it ends, unless it is revoked.
  if (statedBy(old) !== undefined) keepIssued(home, basename(dirname(file)), old);
  writeFileAtomically(file, renewed, statSync(file).mode & PERMISSIONS);
  return true;
}

async function putIntoUse(home: Home, users: ReadonlySet<string>): Promise<void> {
  await refreshChaincodeConnections(home, requireState(home).fabric);
  await restartServers(home, users, say);
  await restartApplications(home, users, say);
}

function nameOf({ owner, what }: KeptCertificate): string {
  return `${owner}, ${what}`;
}

function rowOf({ certificate: { owner, what }, expires, daysLeft }: Dated): string[] {
  return [owner, what, expires.toISOString().slice(0, 10), String(daysLeft)];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
