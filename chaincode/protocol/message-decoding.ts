import { decode as decodeCbor } from 'cborg';
import { z } from 'zod';

import { BiotError, type ErrorCode } from './errors.ts';
import { MAX_MESSAGE_BYTES, type Message, messageSchema } from './message.ts';

const OPENING_BRACE = 0x7b;
const QUOTE = 0x22;
/** Characters of a refusal: it quotes what was sent, and goes into receipts and audit trail. */
const MAX_REASON = 200;
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** What no message needs is refused, and so is what could be read as two. */
export const CBOR_OPTIONS = {
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
};

/**
 * Decodes what a device sent: a JSON object (RFC 8259) or a CBOR map (RFC 8949), told apart by the first byte,
 * which in CBOR could only begin a text. The sender may be hostile: size, UTF-8, duplicate keys, NaN, unknown
 * fields and depth are all refused here, before anything else looks at the message.
 *
 * @throws BiotError MESSAGE_TOO_LARGE, MESSAGE_MALFORMED, SENSOR_UNKNOWN or VALUE_INVALID
 */
export function decodeMessage(payload: Uint8Array): Message {
  if (payload.length > MAX_MESSAGE_BYTES) {
    throw new BiotError(
      'MESSAGE_TOO_LARGE',
      `a message has at most ${MAX_MESSAGE_BYTES} bytes, this has ${payload.length}`,
    );
  }
  const sent = parse(payload);
  refusePrototype(sent);
  const parsed = messageSchema.safeParse(sent);
  if (!parsed.success) throw refusal(parsed.error);
  if (payload[0] === OPENING_BRACE) refuseRepeatedKeys(payload, parsed.data);
  return parsed.data;
}

/** Zod passes over this one key of a record: the value would be dropped instead of refused. */
function refusePrototype(sent: unknown): void {
  const values: unknown = typeof sent === 'object' && sent !== null && 'values' in sent ? sent.values : null;
  if (typeof values === 'object' && values !== null && Object.hasOwn(values, '__proto__')) {
    throw new BiotError('SENSOR_UNKNOWN', 'values: Unrecognized key: "__proto__"');
  }
}

/**
 * Of a key that comes twice `JSON.parse` keeps the last value, and other readers the first: one payload could mean
 * two things. No value of a message is a text, so each pair of quotes belongs to a key, and they need only be counted.
 */
function refuseRepeatedKeys(payload: Uint8Array, message: Message): void {
  const keys = Object.keys(message).length + Object.keys(message.values).length;
  let quotes = 0;
  for (const byte of payload) if (byte === QUOTE) quotes += 1;
  if (quotes !== 2 * keys) throw new BiotError('MESSAGE_MALFORMED', 'a key is there twice');
}

function parse(payload: Uint8Array): unknown {
  try {
    if (payload[0] === OPENING_BRACE) return JSON.parse(utf8.decode(payload));
    return decodeCbor(payload, CBOR_OPTIONS);
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'neither a JSON object nor a CBOR map', { cause });
  }
}

function refusal(error: z.ZodError): BiotError {
  const issue = error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const reason = `${path.join('.') || 'message'}: ${issue?.message ?? 'invalid'}`;
  return new BiotError(codeFor(path, issue), reason.slice(0, MAX_REASON), { cause: error });
}

function codeFor(path: readonly string[], issue: z.core.$ZodIssue | undefined): ErrorCode {
  if (path[0] !== 'values') return 'MESSAGE_MALFORMED';
  return issue?.code === 'invalid_key' || issue?.code === 'unrecognized_keys'
    ? 'SENSOR_UNKNOWN'
    : 'VALUE_INVALID';
}

/** The sequence number of a payload that was refused, if it has a readable one: it lets the refusal be told. */
export function peekSequence(payload: Uint8Array): number | null {
  if (payload.length > MAX_MESSAGE_BYTES) return null;
  try {
    const parsed = z.looseObject({ seq: messageSchema.shape.seq }).safeParse(parse(payload));
    return parsed.success ? parsed.data.seq : null;
  } catch {
    return null;
  }
}
