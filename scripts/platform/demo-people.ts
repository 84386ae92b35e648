import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationSchema } from '../../chaincode/protocol/identifiers.ts';
import { choseAnotherPassword, ensureMember, renewCertificate } from '../../gateway/setup/members.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { type Member, MEMBERS, ORGANISATIONS } from '../../network/home/organisations.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { connect, type Database, homeDatabase } from '../../sql/connect.ts';
import { signInFile } from './addresses.ts';

/** 96 bits: beyond guessing, and still short enough to type. */
const PASSWORD_BYTES = 12;
/** The list is not worth waiting for longer. */
const PATIENCE_MS = 2_000;

const PEOPLE = MEMBERS.filter(({ kind }) => kind === 'person');

const signInsSchema = z.array(
  z.strictObject({
    name: z.string(),
    role: z.enum(['admin', 'operator', 'auditor']),
    org: organisationSchema,
    password: z.string(),
  }),
);
type SignIns = z.infer<typeof signInsSchema>;

/**
 * Gives each demo person a password, once, and stores what the gateway needs to let them in. Whoever has chosen another
 * one since is in the list no more, and only gets the present certificate.
 */
export async function ensurePeople(home: Home, { pool }: Database): Promise<void> {
  for (const signIn of ensureSignIns(home)) {
    const [certificate, privateKey] = credentialsOf(home, signIn);
    if (!(await ensureMember(pool, { ...signIn, certificate, privateKey }))) dropSignIn(home, signIn.name);
  }
  for (const { name } of unlistedPeople(home)) {
    const [certificate] = credentialsOf(home, { name });
    await renewCertificate(pool, { name, certificate });
  }
}

/** Takes those out of the list who have chosen another password since. Without the database it stays as it is. */
export async function dropChangedSignIns(home: Home): Promise<void> {
  const database = connect({ ...homeDatabase(home, 'biot'), patienceMs: PATIENCE_MS });
  try {
    for (const signIn of listedSignIns(home))
      if (await choseAnotherPassword(database.pool, signIn)) dropSignIn(home, signIn.name);
  } catch (error) {
    if (!(error instanceof BiotError)) throw error;
  } finally {
    await database.close();
  }
}

/** Those whose password is known. */
export function listedSignIns(home: Home): SignIns {
  const file = signInFile(home);
  return existsSync(file) ? signInsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** Those of the demo's people who are in the list no more: they have a password of their own, or were removed. */
export function unlistedPeople(home: Home): Pick<Member, 'name'>[] {
  const listed = new Set(listedSignIns(home).map(({ name }) => name));
  return PEOPLE.filter(({ name }) => !listed.has(name));
}

/** Keeps the demo's list of sign-ins true: whose password changed is in it as before, and nobody else. */
export function replaceSignIn(home: Home, changed: { name: string; role: string; password: string }): void {
  rewriteSignIns(home, (signIns) =>
    signIns.map((signIn) =>
      signIn.name === changed.name ? signInsSchema.element.parse({ ...signIn, ...changed }) : signIn,
    ),
  );
}

export function dropSignIn(home: Home, name: string): void {
  rewriteSignIns(home, (signIns) => signIns.filter((signIn) => signIn.name !== name));
}

/** Certificate and private key, in PEM. */
function credentialsOf(home: Home, { name }: Pick<Member, 'name'>): [string, string] {
  const { certificateFile, keyFile } = credentialsIn(home.path('members', name));
  return [readFileSync(certificateFile, 'utf8'), readFileSync(keyFile, 'utf8')];
}

function rewriteSignIns(home: Home, change: (signIns: SignIns) => SignIns): void {
  const signIns = listedSignIns(home);
  const changed = change(signIns);
  if (JSON.stringify(changed) !== JSON.stringify(signIns))
    writeFileAtomically(signInFile(home), JSON.stringify(changed, null, 2));
}

function ensureSignIns(home: Home): SignIns {
  const file = signInFile(home);
  if (existsSync(file)) return listedSignIns(home);
  const people = PEOPLE.map(({ name, role, organisation }) => ({
    name,
    role,
    org: ORGANISATIONS[organisation].mspId,
    password: randomBytes(PASSWORD_BYTES).toString('base64url'),
  }));
  const signIns = signInsSchema.parse(people);
  writeFileAtomically(file, JSON.stringify(signIns, null, 2));
  return signIns;
}
