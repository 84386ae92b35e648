import { randomBytes } from 'node:crypto';
import { type Authority, certificatePem, validityWithin } from './authority.ts';
import { signingKey, SIGNING } from './keys.ts';
import { X509Certificate, X509CertificateGenerator } from './x509.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SERIAL_NUMBER_BYTES = 15;

/**
 * The same certificate for as long again as it was made for: of the same name, for the same key, with the same
 * extensions (hosts, usages, role), and a serial number of its own.
 *
 * The key stays, because Raft's consenters know each other by it: a certificate with the key that stands in the
 * channel's configuration is taken without an update of that (Fabric, "TLS certificate rotation for an orderer
 * node").
 *
 * @param pem must have been issued by the authority; the new one does not outlive it
 * @returns PEM.
 */
export async function renewCertificate(authority: Authority, pem: string): Promise<string> {
  const old = new X509Certificate(pem);
  const days = Math.round((old.notAfter.getTime() - old.notBefore.getTime()) / DAY_MS);
  const certificate = await X509CertificateGenerator.create({
    // The first byte keeps it positive (RFC 5280 section 4.1.2.2).
    serialNumber: `01${randomBytes(SERIAL_NUMBER_BYTES).toString('hex')}`,
    subject: old.subjectName.toJSON(),
    issuer: authority.certificate.subjectName.toJSON(),
    publicKey: old.publicKey,
    signingKey: signingKey(authority.keys.privateKey),
    signingAlgorithm: SIGNING,
    ...validityWithin(authority.certificate, days),
    extensions: [...old.extensions],
  });
  return certificatePem(certificate);
}
