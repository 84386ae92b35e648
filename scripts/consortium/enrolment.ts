/** Members come, get new certificates, and go: each step says in a sentence what it did. */
import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Role } from '../../chaincode/protocol/policy/actions.ts';
import { servesAll, type Tenants } from '../../chaincode/protocol/tenants.ts';
import { putMember, removeMember } from '../../gateway/setup/members.ts';
import type { Home } from '../../network/home/home.ts';
import { MEMBERS } from '../../network/home/organisations.ts';
import { readCertificateRequest } from '../../network/pki/certificate-request.ts';
import { issuedTo, keepIssued } from '../../network/pki/issued.ts';
import {
  certifyMember,
  dropMemberFiles,
  hasMemberFiles,
  issueMember,
  type IssuedMember,
  memberCertificate,
  statedBy,
  writeMemberFiles,
} from '../../network/pki/members.ts';
import type { Database } from '../../sql/connect.ts';
import { findMember } from '../../sql/queries/members.ts';
import { dropSignIn, replaceSignIn } from '../platform/demo-people.ts';
import type { AskedChanges, AskedMember } from './enrolment-request.ts';

export interface MemberRegistry {
  readonly home: Home;
  /** As the owner of the schema. */
  readonly database: Database;
}

/** 96 bits: beyond guessing, and still short enough to type. */
const PASSWORD_BYTES = 12;

const SERVICES: readonly Role[] = ['gateway', 'ingest', 'guard'];

/** What a certificate has to say. */
interface Statement {
  readonly role: Role;
  readonly tenants: Tenants;
}

/** @throws BiotError INVALID_ARGUMENT when it is enrolled with another role or other tenants */
export async function enrol(
  registry: MemberRegistry,
  member: AskedMember,
  changes: AskedChanges,
): Promise<string> {
  const asked = statementIn(changes);
  const certificate = await certificateOf(registry, member);
  if (certificate === undefined) return issue(registry, member, { ...asked, files: changes.files });
  const known = requireSaid(certificate, member, asked);
  if (known.notAfter < new Date())
    throw new BiotError('INVALID_ARGUMENT', `the certificate of ${member.name} has ended: --renew it`);
  return `${member.name} is enrolled already: ${words(known)}, until ${dateOf(known.notAfter)}`;
}

/**
 * A certificate for a key that stays where it is. The gateway lets nobody sign in with it.
 *
 * @param request PKCS#10 in PEM
 * @returns the certificate in PEM, and what was done
 * @throws BiotError KEY_INVALID, KEY_TAKEN; INVALID_ARGUMENT when the request names somebody else, or the member is
 *   enrolled with another role or other tenants
 */
export async function certify(
  registry: MemberRegistry,
  member: AskedMember,
  { changes, request }: { changes: AskedChanges; request: string },
): Promise<{ certificate: string; said: string }> {
  const asked = statementIn(changes);
  const { name, organisation } = member;
  const { commonName = name, key } = await readCertificateRequest(request);
  if (commonName !== name)
    throw new BiotError('INVALID_ARGUMENT', `the request is that of ${commonName}, and not of ${name}`);
  const enrolled = await certificateOf(registry, member);
  if (enrolled !== undefined) requireSaid(enrolled, member, asked);
  const whoever = { name, organisation: organisation.name, ...asked };
  const { certificate, notAfter } = await certifyMember(registry.home, whoever, key);
  return { certificate, said: `${name} has a certificate: ${words(asked)}, until ${dateOf(notAfter)}` };
}

function statementIn({ role, tenants }: AskedChanges): Statement {
  if (role !== undefined && tenants !== undefined) return { role, tenants };
  throw new BiotError('INVALID_ARGUMENT', 'a member needs a role and tenants');
}

/** @throws BiotError INVALID_ARGUMENT when the certificate says something else */
function requireSaid(
  certificate: string,
  { name }: AskedMember,
  asked: Statement,
): Statement & { notAfter: Date } {
  const known = statedBy(certificate);
  if (known !== undefined && words(known) === words(asked)) return known;
  const is = known === undefined ? 'with a certificate that nobody can read' : `as ${words(known)}`;
  throw new BiotError('INVALID_ARGUMENT', `${name} is enrolled ${is}: --renew changes that`);
}

/** @throws BiotError NOT_FOUND */
export async function renew(
  registry: MemberRegistry,
  member: AskedMember,
  { role, tenants, files }: AskedChanges,
): Promise<string> {
  const certificate = await certificateOf(registry, member);
  if (certificate === undefined) throw new BiotError('NOT_FOUND', `there is no member ${member.name}`);
  const known = statedBy(certificate);
  const [nextRole, nextTenants] = [role ?? known?.role, tenants ?? known?.tenants];
  if (nextRole === undefined || nextTenants === undefined) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `the certificate of ${member.name} cannot be read: say --role and --tenants`,
    );
  }
  if (known !== undefined && isService(known.role) !== isService(nextRole)) {
    throw new BiotError('INVALID_ARGUMENT', 'a person does not become a service, nor a service a person');
  }
  keepKnown(registry.home, member.name, certificate);
  return issue(registry, member, { role: nextRole, tenants: nextTenants, files });
}

/** @throws BiotError FORBIDDEN for a service that the platform itself runs as */
export async function remove(
  { home, database }: MemberRegistry,
  { name, organisation }: AskedMember,
): Promise<string> {
  const founder = MEMBERS.find((candidate) => candidate.name === name);
  if (founder?.kind === 'service')
    throw new BiotError('FORBIDDEN', `the platform runs as ${name}: it cannot do without`);
  const certificate = await certificateOf({ home, database }, { name });
  await removeMember(database.pool, name);
  dropSignIn(home, name);
  keepKnown(home, name, certificate);
  // Those of the demo's people are made anew at the next start, for the command line: they stay.
  if (founder === undefined) dropMemberFiles(home, name);
  if (issuedTo(home, name).length === 0) return `there is no member ${name}`;
  return [
    `${name} is no member of this gateway.`,
    'At the ledger each of the certificates counts until it ends, in the hands of who has its key, unless it is revoked:',
    `revoke-member.sh --as ${organisation.name} --name ${name}`,
  ].join('\n');
}

/** What a member was certified with has to be known when it is to be revoked. */
function keepKnown(home: Home, name: string, certificate: string | undefined): void {
  for (const known of [certificate, memberCertificate(home, name)])
    if (known !== undefined) keepIssued(home, name, known);
}

/** A person's as the gateway has it; a service's from its folder. A person's folder lets nobody sign in. */
async function certificateOf(
  { home, database }: MemberRegistry,
  { name }: Pick<AskedMember, 'name'>,
): Promise<string | undefined> {
  const row = await findMember(database.models, name);
  if (row !== undefined) return row.certificate;
  const kept = memberCertificate(home, name);
  const role = kept === undefined ? undefined : statedBy(kept)?.role;
  return role !== undefined && isService(role) ? kept : undefined;
}

async function issue(
  { home, database }: MemberRegistry,
  { name, organisation }: AskedMember,
  { role, tenants, files }: Statement & { files: boolean },
): Promise<string> {
  const issued = await issueMember(home, { name, organisation: organisation.name, role, tenants });
  const said = `${name} is enrolled: ${words({ role, tenants })}, until ${dateOf(issued.notAfter)}`;
  if (isService(role)) {
    writeMemberFiles(home, issued);
    return `${said}\nkey and certificate: ${home.path('members', name)}`;
  }
  const password = await letIn({ home, database }, { issued, role, org: organisation.mspId });
  if (files || hasMemberFiles(home, name)) writeMemberFiles(home, issued);
  return `${said}\npassword: ${password}   (shown this once; the key is sealed with it)`;
}

interface NewPerson {
  readonly issued: IssuedMember;
  readonly role: Role;
  readonly org: string;
}

/** @returns the password */
async function letIn({ home, database }: MemberRegistry, { issued, role, org }: NewPerson): Promise<string> {
  const { name, certificate, privateKey } = issued;
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  await putMember(database.pool, { name, role, org, certificate, privateKey, password });
  replaceSignIn(home, { name, role, password });
  return password;
}

function isService(role: Role): boolean {
  return SERVICES.includes(role);
}

function words({ role, tenants }: Statement): string {
  if (servesAll(tenants)) return `${role} of all tenants`;
  return tenants.length === 0 ? `${role} of no tenant` : `${role} of ${tenants.join(', ')}`;
}

function dateOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
