import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

import { publicKeySchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';

/**
 * How the DER of every P-256 key begins (RFC 5480): id-ecPublicKey, the named curve, and the mark of an uncompressed
 * point. OpenSSL also reads compressed points, spelled-out curves and bytes left over; asking for exactly this leaves
 * each key one encoding, so that one fingerprint means one key.
 */
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P256_LENGTH = P256_PREFIX.length + 64;

export interface CheckedKey {
  /** The key in the one form in which the ledger keeps it. */
  publicKey: string;
  /** SHA-256 of its DER, in hex. */
  keyFingerprint: string;
}

/** @throws BiotError KEY_INVALID unless the PEM holds a point of the curve P-256 */
export function checkPublicKey(pem: string): CheckedKey {
  const der = decodePem(pem);
  if (der.length !== P256_LENGTH || !der.subarray(0, P256_PREFIX.length).equals(P256_PREFIX)) throw invalid();
  return {
    publicKey: pointOnCurve(der).export({ type: 'spki', format: 'pem' }).toString(),
    keyFingerprint: createHash('sha256').update(der).digest('hex'),
  };
}

function decodePem(pem: string): Buffer {
  const parsed = publicKeySchema.safeParse(pem);
  if (!parsed.success) throw invalid(parsed.error);
  return Buffer.from(parsed.data.replace(/-----[A-Z ]+-----/g, ''), 'base64');
}

/** OpenSSL refuses coordinates that do not fit the curve: signatures by such a key would mean nothing. */
function pointOnCurve(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, type: 'spki', format: 'der' });
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause?: unknown): BiotError {
  return new BiotError('KEY_INVALID', 'expected a P-256 public key as PEM (SubjectPublicKeyInfo)', { cause });
}
