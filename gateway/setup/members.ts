import { z } from 'zod';

import { execute, type Queryable, select } from '../../sql/query.ts';
import { hashPassword, matchesPassword } from '../auth/passwords.ts';
import { openKey, sealKey } from '../auth/sealed-key.ts';

/** A person who is to sign in. */
export interface NewMember {
  readonly name: string;
  readonly role: string;
  /** MSP id. */
  readonly org: string;
  /** PEM */
  readonly certificate: string;
  /** PEM. Stored only encrypted under the password. */
  readonly privateKey: string;
  readonly password: string;
}

const memberRow = z.object({ password_hash: z.string(), certificate: z.string(), sealed_key: z.string() });

/**
 * Writes people into the table `members`, as the user that owns the schema. Harmless when they are there with the
 * same certificate and password; otherwise their rows are written anew.
 *
 * The demo people's keys also lie open in the home's `members` folder, because the `peer` command line needs them.
 * In a real consortium each person brings a key, and only the sealed one is kept here.
 *
 * @returns the names whose rows were written
 * @throws BiotError DATABASE_UNAVAILABLE
 */
export async function createMembers(database: Queryable, members: readonly NewMember[]): Promise<string[]> {
  const written: string[] = [];
  for (const member of members) {
    if (await isCurrent(database, member)) continue;
    await write(database, member);
    written.push(member.name);
  }
  return written;
}

/** Harmless when there is no such member. @throws BiotError DATABASE_UNAVAILABLE */
export async function removeMember(database: Queryable, name: string): Promise<void> {
  await execute(database, 'DELETE FROM members WHERE name = ?', [name]);
}

async function isCurrent(database: Queryable, member: NewMember): Promise<boolean> {
  const [row] = await select(
    database,
    memberRow,
    'SELECT password_hash, certificate, sealed_key FROM members WHERE name = ?',
    [member.name],
  );
  if (row === undefined || row.certificate !== member.certificate) return false;
  if (!(await matchesPassword(row.password_hash, member.password))) return false;
  const opened = await openKey(member.name, row.sealed_key, member.password).catch(() => undefined);
  return opened === member.privateKey;
}

async function write(database: Queryable, member: NewMember): Promise<void> {
  const { name, role, org, certificate, privateKey, password } = member;
  await execute(
    database,
    `INSERT INTO members (name, role, org, password_hash, certificate, sealed_key) VALUES (?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE role = VALUES(role), org = VALUES(org), password_hash = VALUES(password_hash),
       certificate = VALUES(certificate), sealed_key = VALUES(sealed_key)`,
    [name, role, org, await hashPassword(password), certificate, await sealKey(name, privateKey, password)],
  );
}
