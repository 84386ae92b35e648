/**
 * Codes that let whoever holds one do one thing, once: 128 random bits, written so that a person can type them. The
 * ledger holds only a code's hash, which is its id there.
 */
import { z } from 'zod';

import { BiotError } from '../errors.ts';
import { sha256, toHex } from '../hash.ts';

/** Bytes of what a code stands for. */
export const CODE_BYTES = 16;

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5n;
const SYMBOLS = 28;
const GROUP = 4;

/**
 * 28 symbols are 140 bits: 128 of the secret, and 12 of its hash, by which a slip of the finger is found before
 * anybody is asked. They give nothing away, as the whole hash is public.
 */
const CHECK_BITS = 12n;
const CHECK_DIGITS = 3;

/** The secret as people read it: seven groups of four. */
export function writeCode(secret: Uint8Array): string {
  if (secret.length !== CODE_BYTES) throw new RangeError(`a code stands for ${CODE_BYTES} bytes`);
  const number = (BigInt(`0x${toHex(secret)}`) << CHECK_BITS) | checkOf(secret);
  const symbols = Array.from({ length: SYMBOLS }, (_, index) => {
    const shift = BITS * BigInt(SYMBOLS - 1 - index);
    return ALPHABET.charAt(Number((number >> shift) & 31n));
  });
  return (symbols.join('').match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

function checkOf(secret: Uint8Array): bigint {
  return BigInt(`0x${codeId(secret).slice(0, CHECK_DIGITS)}`);
}

/** What the ledger knows a code by: the SHA-256 of its secret, in hex. */
export function codeId(secret: Uint8Array): string {
  return toHex(sha256(secret));
}

/** A code that nobody else has, and its id. For whoever asks a contract: within one, peers would draw different ones. */
export function newCode(): { id: string; code: string } {
  const secret = crypto.getRandomValues(new Uint8Array(CODE_BYTES));
  return { id: codeId(secret), code: writeCode(secret) };
}

/** Nothing but ASCII comes to `toUpperCase`: in Unicode some letters become others there. */
const TYPED = /^[0-9A-Za-z -]+$/;
const LONGEST = 60;

/** undefined when the text is no code. The letter O is taken for zero, I and L for one; case, blanks and hyphens do not matter. */
function read(text: string): Uint8Array | undefined {
  if (text.length > LONGEST || !TYPED.test(text)) return undefined;
  const symbols = text.toUpperCase().replace(/[ -]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const digits = Array.from(symbols, (symbol) => ALPHABET.indexOf(symbol));
  if (digits.length !== SYMBOLS || digits.includes(-1)) return undefined;
  const number = digits.reduce((sum, digit) => (sum << BITS) | BigInt(digit), 0n);
  const hex = (number >> CHECK_BITS).toString(16).padStart(2 * CODE_BYTES, '0');
  const secret = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return checkOf(secret) === (number & ((1n << CHECK_BITS) - 1n)) ? secret : undefined;
}

/**
 * The secret of a code as somebody typed it.
 *
 * @throws BiotError INVALID_ARGUMENT when it is no code, which never quotes the text
 */
export function readCode(text: string): Uint8Array {
  const secret = read(text);
  if (secret === undefined) throw new BiotError('INVALID_ARGUMENT', MISTYPED);
  return secret;
}

const MISTYPED = 'no code: it has seven groups of four letters and digits, one of which is mistyped';

/** A code as it comes from outside. */
export const codeSchema = z
  .string()
  .max(LONGEST)
  .refine((text) => read(text) !== undefined, MISTYPED)
  .meta({
    id: 'OnboardingCode',
    description: 'Seven groups of four letters and digits; O is taken for 0, I and L for 1',
  });
