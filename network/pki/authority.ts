import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { type Attributes, attributeExtension } from './attributes.ts';
import { generateKeyPair, type KeyPair, publicKeyDer, readPrivateKey, SIGNING, signingKey } from './keys.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

/**
 * A certificate authority in a file: one for devices, one for the platform's servers, and those that cryptogen made
 * for each organisation. An organisation that runs Fabric CA enrols its members there instead; nothing that reads
 * certificates can tell the difference, as the attributes lie in the same extension.
 */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
}

export type Usage = 'server' | 'client';

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly commonName: string;
  /** Fabric reads what a member is (`client`, `peer`, `orderer`, `admin`) from its one organisational unit. */
  readonly organizationalUnit?: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** For TLS. Without any, the certificate is for signing alone. */
  readonly usages?: readonly Usage[];
  /** DNS names and IP addresses under which a server is reached. */
  readonly hosts?: readonly string[];
  readonly attributes?: Attributes;
  readonly days: number;
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_DAYS = 3650;

/** Clocks of machines and devices differ a little: a certificate made now must be valid there already. */
const BACKDATE_MS = 5 * 60 * 1000;

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = generateKeyPair();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys: {
      privateKey: signingKey(keys.privateKey),
      publicKey: keys.publicKey.toCryptoKey(SIGNING, true, ['verify']),
    },
    signingAlgorithm: SIGNING,
    ...validityFor(AUTHORITY_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKeyDer(keys.publicKey)),
    ],
  });
  return { certificate, keys };
}

export function readAuthority(certificatePem: string, keyPem: string): Authority {
  return { certificate: new X509Certificate(certificatePem), keys: readPrivateKey(keyPem) };
}

/** @returns the certificate as PEM. */
export async function issueCertificate(authority: Authority, request: CertificateRequest): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumberOf(keyFingerprint(request.publicKey)),
    // As a structure and not as text, so that a name cannot smuggle in a further attribute ("x, OU=admin").
    subject: subjectOf(request),
    issuer: authority.certificate.subjectName.toJSON(),
    publicKey: request.publicKey,
    signingKey: signingKey(authority.keys.privateKey),
    signingAlgorithm: SIGNING,
    ...validityWithin(authority.certificate, request.days),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ...(await keyIdentifiers(authority, request.publicKey)),
      ...usageExtensions(request.usages ?? []),
      ...hostExtensions(request.hosts ?? []),
      ...(request.attributes === undefined ? [] : [attributeExtension(request.attributes)]),
    ],
  });
  return certificatePem(certificate);
}

function keyFingerprint(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

/**
 * The serial number of the certificate for a key, in hexadecimal: 16 bytes that follow from the key's fingerprint. So
 * the ledger, which holds the fingerprints, says all that a revocation list needs, and a key has one certificate; a
 * renewal takes a new key. The first byte keeps it positive (RFC 5280 section 4.1.2.2).
 *
 * @param fingerprint SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal
 */
export function serialNumberOf(fingerprint: string): string {
  return `01${fingerprint.slice(0, 30)}`;
}

export function certificatePem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

/** How certificates and lists name the key that signed them. Taken from the issuer, as cryptogen does not use SHA-1. */
export function authorityKeyIdentifier(authority: Authority): Extension[] {
  const identifier = authority.certificate.getExtension(SubjectKeyIdentifierExtension);
  return identifier === null ? [] : [new AuthorityKeyIdentifierExtension(identifier.keyId)];
}

function subjectOf({ commonName, organizationalUnit }: CertificateRequest): JsonName {
  const name = { CN: [commonName] };
  return organizationalUnit === undefined ? [name] : [{ OU: [organizationalUnit] }, name];
}

function validityFor(days: number): Validity {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** Fabric looks at a chain as of its last certificate's first second: that must not lie before the issuer's own. */
export function validityWithin(issuer: Validity, days: number): Validity {
  const { notBefore, notAfter } = validityFor(days);
  return {
    notBefore: notBefore < issuer.notBefore ? issuer.notBefore : notBefore,
    notAfter: notAfter > issuer.notAfter ? issuer.notAfter : notAfter,
  };
}

async function keyIdentifiers(authority: Authority, publicKey: Uint8Array): Promise<Extension[]> {
  return [await SubjectKeyIdentifierExtension.create(publicKey), ...authorityKeyIdentifier(authority)];
}

function usageExtensions(usages: readonly Usage[]): Extension[] {
  if (usages.length === 0) return [];
  return [
    new ExtendedKeyUsageExtension(
      usages.map((usage) => (usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth)),
    ),
  ];
}

function hostExtensions(hosts: readonly string[]): Extension[] {
  if (hosts.length === 0) return [];
  const names = hosts.map((host): JsonGeneralName => ({
    type: isIP(host) === 0 ? 'dns' : 'ip',
    value: host,
  }));
  return [new SubjectAlternativeNameExtension(names)];
}
