/** Several messages at once: a JSON array (RFC 8259) or a CBOR array (RFC 8949) of what else comes one by one. */
import { decode as decodeCbor } from 'cborg';

import { BiotError } from './errors.ts';
import { CBOR_OPTIONS } from './message-decoding.ts';
import { MAX_MESSAGE_BYTES } from './message.ts';

const OPENING_BRACKET = 0x5b;
const QUOTE = 0x22;
/** CBOR's major type 4 is in the first three bits of an array's first byte. */
const CBOR_TYPE = 0xe0;
const CBOR_ARRAY = 0x80;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/**
 * The messages that a payload has, each as a payload of its own (JSON, when there are several), which nobody has looked
 * into yet: one that is wrong keeps no other back.
 *
 * @throws BiotError MESSAGE_TOO_LARGE or MESSAGE_MALFORMED
 */
export function messageParts(payload: Uint8Array): Uint8Array[] {
  const [first] = payload;
  if (first === undefined || !isArray(first)) return [payload];
  if (payload.length > MAX_MESSAGE_BYTES)
    throw new BiotError(
      'MESSAGE_TOO_LARGE',
      `messages that come together have at most ${MAX_MESSAGE_BYTES} bytes, these have ${payload.length}`,
    );
  const parts = elementsOf(payload).map((element) => encoder.encode(JSON.stringify(element)));
  if (parts.length === 0) throw new BiotError('MESSAGE_MALFORMED', 'an array without a message');
  if (first === OPENING_BRACKET) refuseRepeatedKeys(payload, parts);
  return parts;
}

function isArray(first: number): boolean {
  return first === OPENING_BRACKET || (first & CBOR_TYPE) === CBOR_ARRAY;
}

function elementsOf(payload: Uint8Array): unknown[] {
  try {
    const parsed: unknown =
      payload[0] === OPENING_BRACKET ? JSON.parse(utf8.decode(payload)) : decodeCbor(payload, CBOR_OPTIONS);
    if (Array.isArray(parsed)) return parsed;
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'neither a JSON array nor a CBOR array', { cause });
  }
  throw new BiotError('MESSAGE_MALFORMED', 'neither a JSON array nor a CBOR array');
}

/** What `JSON.parse` dropped of a key that comes twice is missing among the quotes: see `decodeMessage`. */
function refuseRepeatedKeys(payload: Uint8Array, parts: readonly Uint8Array[]): void {
  const kept = parts.reduce((sum, part) => sum + quotesIn(part), 0);
  if (quotesIn(payload) !== kept) throw new BiotError('MESSAGE_MALFORMED', 'a key is there twice');
}

function quotesIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === QUOTE ? count + 1 : count), 0);
}
