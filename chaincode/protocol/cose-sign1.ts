/**
 * What a device signs when its transport proves nothing: COSE_Sign1 (RFC 9052 section 4.2), of which one form is taken, so
 * that nothing in it is a sender's to choose:
 *
 *   18([ h'a10126' {alg: ES256}, {4: device id, UTF-8}, payload, signature: 64 bytes r ‖ s ])
 *
 * The external data name what the payload is for, so that a signature for one purpose is worth nothing for another.
 */
import { decode, encode } from 'cborg';

import { BiotError } from './errors.ts';
import { deviceIdSchema } from './identifiers.ts';

/** What a signed payload may be: messages, an answer to a command, the wish for orders or for an image of firmware. */
export type SignedPurpose = 'telemetry' | 'answer' | 'orders' | 'image';

/** Tag 18 (RFC 8949 section 3.4), which may be left out (RFC 9052 section 2). */
const TAG = 0xd2;
/** `{1: -7}`: algorithm ES256 (RFC 9053 section 2.1). */
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x26);
/** Header parameter `kid`. */
const KEY_ID = 4;
const SIGNATURE_BYTES = 64;
const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface Sign1 {
  /** Who says to have signed it: nobody has checked that yet. */
  readonly device: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** The bytes that the signature is of: Sig_structure, RFC 9052 section 4.4. */
export function bytesToSign(purpose: SignedPurpose, payload: Uint8Array): Uint8Array {
  return encode(['Signature1', PROTECTED, encoder.encode(`biot.${purpose}.1`), payload]);
}

export function encodeSign1({ device, payload, signature }: Sign1): Uint8Array {
  const unprotected = new Map([[KEY_ID, encoder.encode(device)]]);
  const encoded = encode([PROTECTED, unprotected, payload, signature]);
  return Uint8Array.of(TAG, ...encoded);
}

/** @throws BiotError MESSAGE_MALFORMED */
export function decodeSign1(bytes: Uint8Array): Sign1 {
  const [protectedBytes, unprotected, payload, signature] = elementsOf(bytes);
  if (!(protectedBytes instanceof Uint8Array) || !isSame(protectedBytes, PROTECTED))
    throw malformed('the protected header has to be {1: -7}, ES256');
  if (!(payload instanceof Uint8Array)) throw malformed('the payload has to be a byte string');
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES)
    throw malformed(`the signature has to have ${SIGNATURE_BYTES} bytes`);
  return { device: deviceOf(unprotected), payload, signature };
}

function elementsOf(bytes: Uint8Array): unknown[] {
  try {
    const elements: unknown = decode(bytes[0] === TAG ? bytes.subarray(1) : bytes, {
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
    });
    if (Array.isArray(elements) && elements.length === 4) return elements;
  } catch (cause) {
    throw malformed('it is no CBOR', cause);
  }
  throw malformed('it has to be an array of four');
}

function deviceOf(unprotected: unknown): string {
  const id: unknown =
    unprotected instanceof Map && unprotected.size === 1 ? unprotected.get(KEY_ID) : undefined;
  if (id instanceof Uint8Array) {
    const parsed = deviceIdSchema.safeParse(textOf(id));
    if (parsed.success) return parsed.data;
  }
  throw malformed('the unprotected header has to be {4: device id}');
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function malformed(what: string, cause?: unknown): BiotError {
  return new BiotError('MESSAGE_MALFORMED', `not a COSE_Sign1 as it is taken: ${what}`, { cause });
}
