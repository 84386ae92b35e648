import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

import { z } from 'zod';

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32;

/** A SHA-256 hash as everyone sees it: 64 lower-case hexadecimal digits. */
export const hashHexSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 hash as 64 lower-case hex digits');

/** SHA-256 (FIPS 180-4), the same code in Node, chaincode and browser. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest(bytes);
}

export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** @throws Error when the text is not an even number of hex digits. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex);
}
