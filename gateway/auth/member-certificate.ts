import { createPrivateKey, X509Certificate } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import { roleSchema } from '../../chaincode/protocol/policy/actions.ts';
import {
  attributeNameSchema,
  attributeValueSchema,
  type Subject,
} from '../../chaincode/protocol/policy/request.ts';
import { readTenants, TENANTS_ATTRIBUTE } from '../../chaincode/protocol/tenants.ts';
import { type Attributes, readAttributes } from '../../network/pki/attributes.ts';
import { ROLE_ATTRIBUTE } from '../../network/pki/pki.ts';
import { X509Certificate as DecodedCertificate } from '../../network/pki/x509.ts';

/** An organisation's certificate authority. */
export interface MemberAuthority {
  mspId: string;
  /** PEM */
  certificate: string;
  /** Serial numbers of the certificates that the organisation has taken back; none unless stated. */
  revoked?: ReadonlySet<string> | undefined;
}

/**
 * Who a certificate says its bearer is. The database only keeps the certificate; what it says about name, role and
 * organisation counts only because the organisation's authority signed it. The contracts read the same fields.
 *
 * @throws BiotError STORE_CORRUPT when it is not a valid certificate of that name, FORBIDDEN when it was revoked
 */
export function certifiedSubject(
  { name, certificate }: { name: string; certificate: string },
  authorities: readonly MemberAuthority[],
  now: number,
): Subject {
  const parsed = parse(certificate, name);
  const authority = authorities.find((candidate) => issued(candidate, parsed));
  const attributes = readAttributes(certificate);
  const role = roleSchema.safeParse(attributes[ROLE_ATTRIBUTE]);
  const tenants = readTenants(attributes[TENANTS_ATTRIBUTE]);
  const sound = isCurrent(parsed, now) && commonNameOf(parsed) === name;
  if (authority === undefined || !sound) throw unusable(name);
  const { mspId: org, revoked } = authority;
  if (!name.endsWith(`@${organisationName(org)}`)) throw unusable(name);
  if (!role.success || tenants === undefined) throw unusable(name);
  if (revoked?.has(new DecodedCertificate(certificate).serialNumber) === true)
    throw new BiotError('FORBIDDEN', `the certificate of ${name} was revoked`);
  return { name, org, role: role.data, tenants, attributes: statable(attributes) };
}

/** What no rule could state is as good as absent, as with the contracts; Fabric CA writes some of that kind. */
function statable(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) =>
        attributeNameSchema.safeParse(name).success && attributeValueSchema.safeParse(value).success,
    ),
  );
}

/**
 * The same for a member whose key is at hand, which has to be the certificate's.
 *
 * @throws BiotError as `certifiedSubject`
 */
export function subjectOf(
  member: { name: string; certificate: string; privateKey: string },
  authorities: readonly MemberAuthority[],
  now: number,
): Subject {
  const subject = certifiedSubject(member, authorities, now);
  if (!belongs(parse(member.certificate, member.name), member.privateKey)) throw unusable(member.name);
  return subject;
}

/** When a certificate begins and ceases to be valid, in milliseconds since the Unix epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @throws BiotError STORE_CORRUPT when it is no certificate */
export function validityOf({ name, certificate }: { name: string; certificate: string }): Validity {
  const { validFromDate, validToDate } = parse(certificate, name);
  return { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
}

function parse(certificate: string, name: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw unusable(name, cause);
  }
}

function issued(authority: MemberAuthority, certificate: X509Certificate): boolean {
  const issuer = new X509Certificate(authority.certificate);
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function belongs(certificate: X509Certificate, privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function isCurrent({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now < validToDate.getTime();
}

/** Node writes a subject one attribute a line. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  const names = certificate.subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? names[0]?.slice('CN='.length) : undefined;
}

function unusable(name: string, cause?: unknown): BiotError {
  return new BiotError('STORE_CORRUPT', `the stored certificate and key of ${name} cannot be used`, {
    cause,
  });
}
