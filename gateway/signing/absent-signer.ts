import { verify, X509Certificate } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Signatory } from '../../network/signing/proposal.ts';
import { certifiedSubject, commonNameOf, type MemberAuthority } from '../auth/member-certificate.ts';

/** One, with nothing before or behind it: so it is the same one to whoever reads it, us and peers. */
const ONE_CERTIFICATE =
  /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\r?\n?$/;

/**
 * Who a certificate that came with a request says its bearer is.
 *
 * @throws BiotError UNAUTHENTICATED when none of the authorities issued it for a member, or it is not valid now
 */
export function bearerOf(certificate: string, authorities: readonly MemberAuthority[], now: number): Subject {
  try {
    if (!ONE_CERTIFICATE.test(certificate)) throw new TypeError('not one certificate in PEM');
    const name = commonNameOf(new X509Certificate(certificate)) ?? '';
    return certifiedSubject({ name, certificate }, authorities, now);
  } catch (cause) {
    throw new BiotError('UNAUTHENTICATED', 'the certificate is none of a member of the consortium', {
      cause,
    });
  }
}

/** @throws BiotError UNAUTHENTICATED when the certificate's key did not sign the bytes */
export function requireSignature({ certificate }: Signatory, bytes: Uint8Array, signature: Uint8Array): void {
  if (!isSignedBy(certificate, bytes, signature))
    throw new BiotError('UNAUTHENTICATED', 'the certificate’s key has not signed this');
}

function isSignedBy(certificate: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, new X509Certificate(certificate).publicKey, signature);
  } catch {
    return false;
  }
}
