import { decode as decodeCbor } from 'cborg';
import { z } from 'zod';

import { BiotError, type ErrorCode } from './errors.ts';
import { MAX_MESSAGE_BYTES, type Message, messageSchema } from './message.ts';

const OPENING_BRACE = 0x7b;
const utf8 = new TextDecoder('utf-8', { fatal: true });

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
  const parsed = messageSchema.safeParse(parse(payload));
  if (!parsed.success) throw refusal(parsed.error);
  return parsed.data;
}

function parse(payload: Uint8Array): unknown {
  try {
    if (payload[0] === OPENING_BRACE) return JSON.parse(utf8.decode(payload));
    return decodeCbor(payload, {
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
    });
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'neither a JSON object nor a CBOR map', { cause });
  }
}

function refusal(error: z.ZodError): BiotError {
  const issue = error.issues[0];
  const path = issue?.path.map(String) ?? [];
  return new BiotError(
    codeFor(path, issue),
    `${path.join('.') || 'message'}: ${issue?.message ?? 'invalid'}`,
    { cause: error },
  );
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
