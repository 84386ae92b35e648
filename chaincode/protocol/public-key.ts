/** Public keys of devices: points of the curve P-256, in the one form in which the ledger keeps them. */
import { publicKeySchema } from './device.ts';
import { BiotError } from './errors.ts';
import { fromHex, sha256, toHex } from './hash.ts';

/**
 * How the DER of every P-256 key begins (RFC 5480): id-ecPublicKey, the named curve, and the mark of an uncompressed
 * point. Libraries also read compressed points, spelled-out curves and bytes left over; asking for exactly this leaves
 * each key one encoding, so that one fingerprint means one key.
 */
const P256_PREFIX = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
const PREFIX_LENGTH = P256_PREFIX.length / 2;
const COORDINATE_LENGTH = 32;
const PREFIX = fromHex(P256_PREFIX);

/** SEC 2 section 2.4.2: y² = x³ - 3x + b over the field of p. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const PEM_LINE = 64;
/** 91 bytes in their one form: the last digit has no bits behind the last byte (RFC 4648 section 3.5). */
const BASE64_OF_KEY = /^[A-Za-z0-9+/]{121}[AQgw]==$/;

export interface CheckedKey {
  /** The key in the one form in which the ledger keeps it. */
  publicKey: string;
  /** SHA-256 of its DER, in hex. */
  keyFingerprint: string;
}

/** @throws BiotError KEY_INVALID unless the PEM holds a point of the curve P-256 */
export function checkPublicKey(pem: string): CheckedKey {
  if (!publicKeySchema.safeParse(pem).success) throw invalid();
  return checked(pem.replace(/-----[A-Z ]+-----|[\r\n]/g, ''));
}

/** The same of DER in base64, as files of keys have it. @throws BiotError KEY_INVALID */
export function checkPublicKeyDer(base64: string): CheckedKey {
  return checked(base64);
}

function checked(base64: string): CheckedKey {
  const der = BASE64_OF_KEY.test(base64) ? decode(base64) : undefined;
  if (der === undefined || !PREFIX.every((byte, index) => der[index] === byte)) throw invalid();
  if (!isOnCurve(der.subarray(PREFIX_LENGTH))) throw invalid();
  return { publicKey: pemOf(base64), keyFingerprint: toHex(sha256(der)) };
}

function decode(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/**
 * Whether the coordinates are those of a point: signatures by any other key would mean nothing. That suffices (SEC 1
 * section 3.2.2.1), as the curve's cofactor is 1 and the point at infinity has no such form. A cryptographic library
 * says the same in a hundred times as long, which counts where thousands of devices are registered at once; nothing
 * here is secret, so that it need not take the same time for every key.
 */
function isOnCurve(point: Uint8Array): boolean {
  const x = numberOf(point.subarray(0, COORDINATE_LENGTH));
  const y = numberOf(point.subarray(COORDINATE_LENGTH));
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

/** RFC 7468, as OpenSSL writes it. */
function pemOf(base64: string): string {
  const lines = [base64.slice(0, PEM_LINE), base64.slice(PEM_LINE)];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
}

function invalid(): BiotError {
  return new BiotError('KEY_INVALID', 'expected a P-256 public key as PEM (SubjectPublicKeyInfo)');
}
