import { sha256 as portable } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32;

/** A SHA-256 hash as everyone sees it: 64 lower-case hexadecimal digits. */
export const hashHexSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 hash as 64 lower-case hex digits');

type OneShotHash = (algorithm: 'sha256', data: Uint8Array, encoding: 'latin1') => string;

interface NodeProcess {
  getBuiltinModule(name: 'node:crypto'): { hash: OneShotHash };
}

function isNode(value: unknown): value is NodeProcess {
  return typeof value === 'object' && value !== null && 'getBuiltinModule' in value;
}

/**
 * Node.js' own hash where there is Node.js: several times as fast as the portable one. Asked for at run time, because
 * an import of it would end every browser.
 */
function nativeHash(): OneShotHash | undefined {
  const runtime: unknown = Reflect.get(globalThis, 'process');
  return isNode(runtime) ? runtime.getBuiltinModule('node:crypto').hash : undefined;
}

const native = nativeHash();

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Uint8Array {
  return native === undefined ? portable(bytes) : fromLatin1(native('sha256', bytes, 'latin1'));
}

/** Of all results that Node.js' hash can give, a latin1 string is by far the quickest. */
function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(HASH_SIZE);
  for (let index = 0; index < HASH_SIZE; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** @throws Error when the text is not an even number of hex digits. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex);
}
