/** Which certificates revoke-member.sh is to take back. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { Home } from '../../network/home/home.ts';
import { MEMBERS, someMemberOf } from '../../network/home/organisations.ts';
import { issuedTo } from '../../network/pki/issued.ts';
import { memberCertificate, statedBy } from '../../network/pki/members.ts';
import { X509Certificate as DecodedCertificate } from '../../network/pki/x509.ts';
import { nameAsked } from './enrolment-request.ts';

interface AskedRevocation {
  readonly organisation: string;
  /** Of the member all of whose certificates are meant. */
  readonly name: string | undefined;
  /** With the one that is meant, PEM. */
  readonly file: string | undefined;
}

/**
 * @returns serial numbers, in hexadecimal
 * @throws BiotError INVALID_ARGUMENT when there is no such certificate of a member of the organisation; NOT_FOUND when
 *   none was issued here; FORBIDDEN for one that the platform itself acts with
 */
export function revokedSerials(home: Home, { organisation, name, file }: AskedRevocation): string[] {
  if ((name === undefined) === (file === undefined))
    throw new BiotError('INVALID_ARGUMENT', 'either --name or --cert');
  const serials =
    file === undefined
      ? knownSerials(home, nameAsked(name ?? '', organisation))
      : [memberSerial(home, organisation, file)];
  refusePlatform(home, serials);
  return serials;
}

function knownSerials(home: Home, name: string): string[] {
  const present = memberCertificate(home, name);
  const certificates = [...issuedTo(home, name), ...(present === undefined ? [] : [present])];
  if (certificates.length === 0)
    throw new BiotError('NOT_FOUND', `no certificate was issued to ${name} here: say which, by --cert`);
  return [...new Set(certificates.map(serialOf))];
}

function memberSerial(home: Home, organisation: string, file: string): string {
  const pem = readCertificate(file);
  const { certificateFile } = organisationCrypto(home, organisation).authority;
  const issuer = new X509Certificate(readFileSync(certificateFile));
  // Servers and administrators go by other ways: without them the organisation could not undo it.
  if (!new X509Certificate(pem).verify(issuer.publicKey) || statedBy(pem) === undefined)
    throw new BiotError('INVALID_ARGUMENT', `${file} has no certificate of a member of ${organisation}`);
  return serialOf(pem);
}

function readCertificate(file: string): string {
  try {
    return new X509Certificate(readFileSync(file)).toString();
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', `${file} cannot be read as a certificate in PEM`, { cause });
  }
}

/** The services, and whom npm start asks each organisation's peer as: without them nothing comes up again. */
function refusePlatform(home: Home, serials: readonly string[]): void {
  const needed = MEMBERS.filter(
    ({ name, kind, organisation }) => kind === 'service' || name === someMemberOf(organisation).name,
  ).find(({ name }) => {
    const certificate = memberCertificate(home, name);
    return certificate !== undefined && serials.includes(serialOf(certificate));
  });
  if (needed === undefined) return;
  const { name } = needed;
  throw new BiotError(
    'FORBIDDEN',
    `the platform acts as ${name} with this certificate: enrol ${name} anew first`,
  );
}

/** As a list of revoked certificates has it. */
function serialOf(certificate: string): string {
  return new DecodedCertificate(certificate).serialNumber;
}
