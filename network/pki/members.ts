/** Members that are enrolled by hand, beside those that every home begins with. */
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Role, roleSchema } from '../../chaincode/protocol/policy/actions.ts';
import { readTenants, TENANTS_ATTRIBUTE, type Tenants } from '../../chaincode/protocol/tenants.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import { linkMsp } from '../fabric/crypto.ts';
import { PRIVATE_FILE, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import type { Member } from '../home/organisations.ts';
import { readAttributes } from './attributes.ts';
import { issueCertificate } from './authority.ts';
import { credentialsIn, openAuthority } from './credentials.ts';
import { holderOf, keepIssued } from './issued.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from './keys.ts';
import { memberCertificateRequest, ROLE_ATTRIBUTE } from './pki.ts';
import { X509Certificate } from './x509.ts';

type Enrolled = Pick<Member, 'name' | 'role' | 'tenants'> & { readonly organisation: string };

interface MemberCertificate {
  /** PEM */
  readonly certificate: string;
  readonly notAfter: Date;
}

export interface IssuedMember extends MemberCertificate {
  readonly name: string;
  readonly organisation: string;
  /** PEM */
  readonly privateKey: string;
}

/**
 * A new key, with a certificate of the organisation's authority for it.
 *
 * @throws BiotError NOT_SET_UP when that authority's key is not in this home
 */
export async function issueMember(home: Home, member: Enrolled): Promise<IssuedMember> {
  const keys = generateKeyPair();
  const issued = await certifyMember(home, member, keys.publicKey);
  const { name, organisation } = member;
  return { name, organisation, privateKey: privateKeyPem(keys.privateKey), ...issued };
}

/**
 * A certificate of the organisation's authority for a key that its owner has shown to have.
 *
 * @throws BiotError NOT_SET_UP when that authority's key is not in this home; KEY_TAKEN when the key is certified for
 *   somebody else: the two would have one serial number, and revoking one would revoke the other
 */
export async function certifyMember(
  home: Home,
  member: Enrolled,
  publicKey: KeyObject,
): Promise<MemberCertificate> {
  const { name, organisation } = member;
  const { authority } = organisationCrypto(home, organisation);
  if (!existsSync(authority.keyFile)) {
    throw new BiotError(
      'NOT_SET_UP',
      `the key of ${organisation}'s authority is not in ${home.root}: enrol its members where it is`,
    );
  }
  const certificate = await issueCertificate(openAuthority(authority), {
    ...memberCertificateRequest(member),
    publicKey: publicKeyDer(publicKey),
  });
  const read = new X509Certificate(certificate);
  const holder = holderOf(home, read) ?? name;
  if (holder !== name)
    throw new BiotError('KEY_TAKEN', `this key is that of ${holder}: make one for ${name} alone`);
  keepIssued(home, name, certificate);
  return { certificate, notAfter: read.notAfter };
}

/** What a member's certificate (PEM) says; undefined when nobody can tell. */
export function statedBy(certificate: string): { role: Role; tenants: Tenants; notAfter: Date } | undefined {
  const attributes = readAttributes(certificate);
  const role = roleSchema.safeParse(attributes[ROLE_ATTRIBUTE]);
  const tenants = readTenants(attributes[TENANTS_ATTRIBUTE]);
  if (!role.success || tenants === undefined) return undefined;
  return { role: role.data, tenants, notAfter: new X509Certificate(certificate).notAfter };
}

/** A member's certificate in the home's folder of members, PEM; undefined when there is none. */
export function memberCertificate(home: Home, name: string): string | undefined {
  const { certificateFile } = credentialsIn(home.path('members', name));
  return existsSync(certificateFile) ? readFileSync(certificateFile, 'utf8') : undefined;
}

export function hasMemberFiles(home: Home, name: string): boolean {
  return memberCertificate(home, name) !== undefined;
}

/** Key, certificate and an MSP folder for the peer command. */
export function writeMemberFiles(
  home: Home,
  { name, organisation, certificate, privateKey }: IssuedMember,
): void {
  const credentials = credentialsIn(home.path('members', name));
  writeFileAtomically(credentials.keyFile, privateKey, PRIVATE_FILE);
  writeFileAtomically(credentials.certificateFile, certificate);
  linkMsp(home.path('members', name, 'msp'), credentials, organisationCrypto(home, organisation).msp);
}

export function dropMemberFiles(home: Home, name: string): void {
  rmSync(home.path('members', name), { recursive: true, force: true });
}
