/** ECDSA signatures in the one form that Fabric takes. */
import { malformed } from './protobuf.ts';

/** Order of the group of P-256 (SEC 2, secp256r1). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const COORDINATE_BYTES = 32;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * What WebCrypto signs with, `r || s` (IEEE P1363), as ASN.1 DER with the lower of the two values that `s` may have:
 * Fabric refuses the higher one, lest a signature be changed into another that is valid, too
 * (fabric/bccsp/utils/ecdsa.go).
 */
export function fabricSignature(raw: Uint8Array): Uint8Array {
  if (raw.length !== 2 * COORDINATE_BYTES) throw malformed('a P-256 signature has 64 bytes');
  const r = numberOf(raw.subarray(0, COORDINATE_BYTES));
  const s = numberOf(raw.subarray(COORDINATE_BYTES));
  const body = Uint8Array.of(...derInteger(r), ...derInteger(s > ORDER / 2n ? ORDER - s : s));
  // At most 2 * (2 + 33) bytes, so that the length fits the short form.
  return Uint8Array.of(SEQUENCE, body.length, ...body);
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** Big-endian, as short as can be, with a zero in front where the first bit would make it negative. */
function derInteger(value: bigint): number[] {
  const digits: number[] = [];
  for (let rest = value; rest > 0n; rest /= 256n) digits.unshift(Number(rest % 256n));
  if (digits[0] === undefined || digits[0] >= 0x80) digits.unshift(0);
  return [INTEGER, digits.length, ...digits];
}
