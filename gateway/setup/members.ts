import { X509Certificate } from 'node:crypto';

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
type MemberRow = z.infer<typeof memberRow>;

/**
 * Sees to it, as the user that owns the schema, that a person can sign in with this password. The row of somebody who has
 * chosen another one stays as it is.
 *
 * The demo people's keys also lie open in the home's `members` folder, because the `peer` command line needs them.
 * In a real consortium each person brings a key, and only the sealed one is kept here.
 *
 * @returns whether the password is the person's
 * @throws BiotError DATABASE_UNAVAILABLE
 */
export async function ensureMember(database: Queryable, member: NewMember): Promise<boolean> {
  const row = await findRow(database, member.name);
  if (row !== undefined && !(await matchesPassword(row.password_hash, member.password))) return false;
  // What the row has of the password is left alone where it can be: the person may be changing it.
  if (row !== undefined && (await opens(row, member))) await renewRow(database, row, member);
  else await putMember(database, member);
  return true;
}

/**
 * Replaces the certificate of somebody whose password nobody else knows, if it is for the key that is sealed with that.
 * Harmless when there is no such member.
 *
 * @throws BiotError DATABASE_UNAVAILABLE
 */
export async function renewCertificate(
  database: Queryable,
  member: Pick<NewMember, 'name' | 'certificate'>,
): Promise<void> {
  const row = await findRow(database, member.name);
  if (row !== undefined) await renewRow(database, row, member);
}

/** Whether somebody signs in, but with another password. @throws BiotError DATABASE_UNAVAILABLE */
export async function choseAnotherPassword(
  database: Queryable,
  { name, password }: Pick<NewMember, 'name' | 'password'>,
): Promise<boolean> {
  const row = await findRow(database, name);
  return row !== undefined && !(await matchesPassword(row.password_hash, password));
}

/** Writes a person's row anew, whatever it was. @throws BiotError DATABASE_UNAVAILABLE */
export async function putMember(database: Queryable, member: NewMember): Promise<void> {
  const { name, role, org, certificate, privateKey, password } = member;
  await execute(
    database,
    `INSERT INTO members (name, role, org, password_hash, certificate, sealed_key) VALUES (?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE role = VALUES(role), org = VALUES(org), password_hash = VALUES(password_hash),
       certificate = VALUES(certificate), sealed_key = VALUES(sealed_key)`,
    [name, role, org, await hashPassword(password), certificate, await sealKey(name, privateKey, password)],
  );
}

/** Harmless when there is no such member. @throws BiotError DATABASE_UNAVAILABLE */
export async function removeMember(database: Queryable, name: string): Promise<void> {
  await execute(database, 'DELETE FROM members WHERE name = ?', [name]);
}

async function renewRow(
  database: Queryable,
  row: MemberRow,
  { name, certificate }: Pick<NewMember, 'name' | 'certificate'>,
): Promise<void> {
  if (row.certificate === certificate || !haveOneKey(row.certificate, certificate)) return;
  await execute(database, 'UPDATE members SET certificate = ? WHERE name = ?', [certificate, name]);
}

async function findRow(database: Queryable, name: string): Promise<MemberRow | undefined> {
  const [row] = await select(
    database,
    memberRow,
    'SELECT password_hash, certificate, sealed_key FROM members WHERE name = ?',
    [name],
  );
  return row;
}

/** Whether the password opens this very key. */
async function opens(row: MemberRow, { name, privateKey, password }: NewMember): Promise<boolean> {
  const opened = await openKey(name, row.sealed_key, password).catch(() => undefined);
  return opened === privateKey;
}

/** Also false where one of them cannot be read. */
function haveOneKey(...certificates: readonly [string, string]): boolean {
  try {
    const [one, other] = certificates.map((certificate) => new X509Certificate(certificate).publicKey);
    return one !== undefined && other?.equals(one) === true;
  } catch {
    return false;
  }
}
