import { type Authority, authorityKeyIdentifier } from './authority.ts';
import { SIGNING, signingKey } from './keys.ts';
import { Extension, PemConverter, X509Crl, X509CrlGenerator } from './x509.ts';

const CRL_NUMBER = '2.5.29.20';

/**
 * Brokers refuse every device once the list is past its next update. Revocations publish a new list at once, so
 * the date is no means of freshness here and lies far away.
 */
const NEXT_UPDATE_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/**
 * The certificates an authority has taken back (RFC 5280, section 5).
 * @param serialNumbers in hexadecimal.
 * @returns PEM.
 */
export async function createRevocationList(
  authority: Authority,
  serialNumbers: readonly string[],
): Promise<string> {
  const now = new Date();
  const list = await X509CrlGenerator.create({
    issuer: authority.certificate.subjectName.toJSON(),
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + NEXT_UPDATE_MS),
    entries: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: now })),
    extensions: [...authorityKeyIdentifier(authority), numberExtension(now)],
    signingKey: signingKey(authority.keys.privateKey),
    signingAlgorithm: SIGNING,
  });
  // The library's own label, `CRL`, is not the one of RFC 7468 section 6 that OpenSSL reads.
  return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

/**
 * Takes back further certificates.
 * @param lists DER or PEM, of this authority and of others.
 * @param serialNumbers in hexadecimal.
 * @returns the same lists when they have all of that; otherwise the authority's own as one, and the others as they are.
 */
export async function withRevoked(
  authority: Authority,
  lists: readonly Buffer[],
  serialNumbers: readonly string[],
): Promise<Buffer[]> {
  const read = lists.map((bytes) => ({ bytes, list: new X509Crl(bytes) }));
  const isOwn = ({ list }: { list: X509Crl }): boolean => list.issuer === authority.certificate.subject;
  const revoked = revokedIn(read.filter(isOwn).map(({ bytes }) => bytes));
  const all = new Set([...revoked, ...serialNumbers]);
  if (all.size === new Set(revoked).size) return [...lists];
  const others = read.filter((one) => !isOwn(one)).map(({ bytes }) => bytes);
  return [...others, Buffer.from(await createRevocationList(authority, [...all]))];
}

/** The serial numbers on lists (DER or PEM), as `X509Certificate` has them. */
export function revokedIn(lists: readonly Uint8Array[]): string[] {
  return lists.flatMap((bytes) => new X509Crl(bytes).entries.map(({ serialNumber }) => serialNumber));
}

/** Lists are numbered upwards; the instant in milliseconds does that. It takes six bytes until the year 6429. */
function numberExtension(now: Date): Extension {
  const integer = Buffer.alloc(8);
  integer.writeUInt16BE(0x0206);
  integer.writeUIntBE(now.getTime(), 2, 6);
  return new Extension(CRL_NUMBER, false, integer);
}
