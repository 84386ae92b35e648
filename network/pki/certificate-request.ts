import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type CheckedKey, checkPublicKeyDer } from '../../chaincode/protocol/public-key.ts';
import { Pkcs10CertificateRequest } from './x509.ts';

/** A PKCS#10 request in PEM (RFC 7468 section 7), and nothing beside it. One with a P-256 key has some 400 characters. */
export const certificateRequestSchema = z
  .string()
  .max(4_096)
  .regex(
    /^-----BEGIN CERTIFICATE REQUEST-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE REQUEST-----\r?\n?$/,
    'expected a certificate request in PEM (PKCS#10)',
  )
  .meta({ id: 'CertificateSigningRequest', description: 'PKCS#10 in PEM, for a key on P-256' });

/** A request whose sender has shown to have the key. */
export interface ProvenRequest extends CheckedKey {
  /** The one common name in its subject; undefined when it has none. Nobody has checked it. */
  readonly commonName: string | undefined;
  readonly key: KeyObject;
}

const HASHES: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Reads a request. Its signature by its own key is the proof; whatever else it asks for (extensions, further names) is
 * left out of account.
 *
 * @throws BiotError KEY_INVALID unless it is signed with the key in it, on P-256, over a hash that nobody can forge
 */
export async function readCertificateRequest(pem: string): Promise<ProvenRequest> {
  if (!certificateRequestSchema.safeParse(pem).success) throw unreadable();
  const request = decode(pem);
  const key = checkPublicKeyDer(Buffer.from(request.publicKey.rawData).toString('base64'));
  requireStrongSignature(request);
  if (!(await isSigned(request))) {
    throw new BiotError('KEY_INVALID', 'the certificate request is not signed with its own key');
  }
  return {
    commonName: commonNameOf(request),
    key: createPublicKey(key.publicKey),
    ...key,
  };
}

function decode(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): BiotError {
  return new BiotError('KEY_INVALID', 'the certificate request cannot be read', { cause });
}

function requireStrongSignature({ signatureAlgorithm }: Pkcs10CertificateRequest): void {
  const { name, hash } = hashed(signatureAlgorithm);
  if (name === 'ECDSA' && HASHES.includes(hash)) return;
  const taken = HASHES.join(', ');
  throw new BiotError(
    'KEY_INVALID',
    `the certificate request is to be signed with ECDSA over one of ${taken}`,
  );
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

const algorithmSchema = z.object({ name: z.string(), hash: z.object({ name: z.string() }) });

function hashed(algorithm: unknown): { name: string; hash: string } {
  const parsed = algorithmSchema.safeParse(algorithm);
  return parsed.success ? { name: parsed.data.name, hash: parsed.data.hash.name } : { name: '', hash: '' };
}

/** @throws BiotError KEY_INVALID for several: two readers could take different ones for the name */
function commonNameOf({ subjectName }: Pkcs10CertificateRequest): string | undefined {
  const [name, ...more] = subjectName.getField('CN');
  if (more.length > 0) throw new BiotError('KEY_INVALID', 'the certificate request has several common names');
  return name;
}
