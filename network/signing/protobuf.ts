/**
 * As much of Protocol Buffers as Fabric's signed messages need, for Node.js and browsers alike. One field has one
 * encoding here, the one that Fabric's own clients and peers write: fields in the order of their numbers, nothing that
 * is empty, each at most once. What cannot be written again byte for byte is not understood, and so not signed.
 */
import { BiotError } from '../../chaincode/protocol/errors.ts';

/** Wire types (https://protobuf.dev/programming-guides/encoding): Fabric's messages here have these two. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A message of fields already encoded, in the order of their numbers. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(fields.reduce((length, field) => length + field.length, 0));
  let at = 0;
  for (const field of fields) {
    joined.set(field, at);
    at += field.length;
  }
  return joined;
}

const NOTHING = new Uint8Array(0);

/** A field of bytes, or of a message that is left out when it is empty. */
export function bytesField(number: number, value: Uint8Array): Uint8Array {
  return value.length === 0 ? NOTHING : element(number, value);
}

/** A field that is there even when it is empty: an entry of a list. */
export function element(number: number, value: Uint8Array): Uint8Array {
  return message(varint(number * 8 + LENGTH_DELIMITED), varint(value.length), value);
}

export function textField(number: number, value: string): Uint8Array {
  return bytesField(number, utf8(value));
}

export function integerField(number: number, value: number): Uint8Array {
  return value === 0 ? NOTHING : message(varint(number * 8 + VARINT), varint(value));
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws BiotError MESSAGE_MALFORMED */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'a text is not UTF-8', { cause });
  }
}

function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    digits.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.of(...digits, rest);
}

/** The fields of one message, read from bytes that somebody else made. All methods throw MESSAGE_MALFORMED. */
export class Fields {
  readonly #byNumber = new Map<number, (number | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    while (!reader.ended) {
      const { number, value } = reader.field();
      const before = this.#byNumber.get(number);
      if (before === undefined) this.#byNumber.set(number, [value]);
      else before.push(value);
    }
  }

  /** Empty when it is absent. */
  bytes(number: number): Uint8Array {
    const [value = NOTHING, ...more] = this.list(number);
    if (more.length > 0) throw malformed(`field ${number} is there twice`);
    return value;
  }

  list(number: number): Uint8Array[] {
    return (this.#byNumber.get(number) ?? []).map((value) => {
      if (typeof value === 'number') throw malformed(`field ${number} is a number`);
      return value;
    });
  }

  text(number: number): string {
    return utf8Text(this.bytes(number));
  }

  /** 0 when it is absent. */
  integer(number: number): number {
    const [value = 0, ...more] = this.#byNumber.get(number) ?? [];
    if (typeof value !== 'number' || more.length > 0) throw malformed(`field ${number} is no single number`);
    return value;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  field(): { number: number; value: number | Uint8Array } {
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw malformed('a field has no number');
    if (tag % 8 === VARINT) return { number, value: this.#varint() };
    if (tag % 8 === LENGTH_DELIMITED) return { number, value: this.#take(this.#varint()) };
    throw malformed(`field ${number} is of a kind that no message here has`);
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed('the message ends too early');
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const [digit = 0] = this.#take(1);
      value += (digit % 0x80) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw malformed('a number is too large');
      if (digit < 0x80) return value;
    }
  }
}

export function malformed(why: string): BiotError {
  return new BiotError('MESSAGE_MALFORMED', `not a message of Fabric as it is written: ${why}`);
}
