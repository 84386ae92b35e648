import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { organisationSchema } from '../../chaincode/protocol/identifiers.ts';
import { createMembers } from '../../gateway/setup/members.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { MEMBERS, ORGANISATIONS } from '../../network/home/organisations.ts';
import type { Database } from '../../sql/connect.ts';
import { signInFile } from './addresses.ts';

/** 96 bits: beyond guessing, and still short enough to type. */
const PASSWORD_BYTES = 12;

export const signInsSchema = z.array(
  z.strictObject({
    name: z.string(),
    role: z.enum(['admin', 'operator', 'auditor']),
    org: organisationSchema,
    password: z.string(),
  }),
);
type SignIns = z.infer<typeof signInsSchema>;

/** Gives each demo person a password, once, and stores what the gateway needs to let them in. */
export async function ensurePeople(home: Home, database: Database): Promise<void> {
  const signIns = ensureSignIns(home);
  await createMembers(
    database.pool,
    signIns.map((signIn) => ({
      ...signIn,
      certificate: readFileSync(home.path('members', signIn.name, 'cert.pem'), 'utf8'),
      privateKey: readFileSync(home.path('members', signIn.name, 'key.pem'), 'utf8'),
    })),
  );
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

function rewriteSignIns(home: Home, change: (signIns: SignIns) => SignIns): void {
  const file = signInFile(home);
  if (!existsSync(file)) return;
  const signIns = signInsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const changed = change(signIns);
  if (JSON.stringify(changed) !== JSON.stringify(signIns))
    writeFileAtomically(file, JSON.stringify(changed, null, 2));
}

function ensureSignIns(home: Home): SignIns {
  const file = signInFile(home);
  if (existsSync(file)) return signInsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const people = MEMBERS.filter(({ kind }) => kind === 'person').map(({ name, role, organisation }) => ({
    name,
    role,
    org: ORGANISATIONS[organisation].mspId,
    password: randomBytes(PASSWORD_BYTES).toString('base64url'),
  }));
  const signIns = signInsSchema.parse(people);
  writeFileAtomically(file, JSON.stringify(signIns, null, 2));
  return signIns;
}
