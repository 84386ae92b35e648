/**
 * Canonical bytes: one and only one encoding for each value, so that everyone who hashes the same facts gets the
 * same hash. Numbers are big-endian; texts are UTF-8 with a length in front, so no two different sequences of
 * fields can give the same bytes.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export class ByteWriter {
  #buffer = new Uint8Array(256);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** Makes room and says where. It may exchange the buffer: call it before anything that names the buffer. */
  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    checkRange(value, 0xff);
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    checkRange(value, 0xffff);
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    checkRange(value, 0xffffffff);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** An integer from 0 to 2^53 - 1, in eight bytes. */
  u64(value: number): this {
    checkRange(value, MAX_SAFE);
    const at = this.#reserve(8);
    this.#view.setUint32(at, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(at + 4, value % 0x1_0000_0000);
    return this;
  }

  /** A finite IEEE 754 double; -0 is written as 0, so that equal numbers have equal bytes. */
  f64(value: number): this {
    if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${String(value)}`);
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value === 0 ? 0 : value);
    return this;
  }

  /** Bytes whose number the format fixes: no length is written. */
  fixed(bytes: Uint8Array, length: number): this {
    if (bytes.length !== length) throw new RangeError(`expected ${length} bytes, got ${bytes.length}`);
    const at = this.#reserve(length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** UTF-8 with a two-byte length; lone surrogates, which UTF-8 cannot hold, are refused. */
  text(value: string): this {
    if (isAscii(value)) return this.#ascii(value);
    if (!value.isWellFormed()) throw new RangeError('text has a lone surrogate');
    const bytes = encoder.encode(value);
    return this.u16(bytes.length).fixed(bytes, bytes.length);
  }

  /** Names are ASCII nearly always: written without a buffer in between. */
  #ascii(value: string): this {
    this.u16(value.length);
    const at = this.#reserve(value.length);
    for (let index = 0; index < value.length; index += 1) this.#buffer[at + index] = value.charCodeAt(index);
    return this;
  }

  /** Empties the writer for the next value; what `finish` gave is not touched. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}

/** Reads what `ByteWriter` wrote. Throws RangeError when bytes are missing or, at `end()`, left over. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw new RangeError('the bytes end too early');
    this.#at = at + count;
    return at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    return checkRange(this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4), MAX_SAFE);
  }

  /** What `ByteWriter` never wrote (-0, NaN, infinities) is refused: a number has one encoding. */
  f64(): number {
    const value = this.#view.getFloat64(this.#take(8));
    if (!Number.isFinite(value) || Object.is(value, -0)) throw new RangeError('not a canonical number');
    return value;
  }

  fixed(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  text(): string {
    return decoder.decode(this.fixed(this.u16()));
  }

  end(): void {
    if (this.remaining !== 0) throw new RangeError(`${this.remaining} bytes left over`);
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

function checkRange(value: number, maximum: number): number {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new RangeError(`not an integer from 0 to ${maximum}: ${value}`);
  }
  return value;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Orders texts by their UTF-8 bytes, which no locale or engine changes. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  if (isAscii(left) && isAscii(right)) return left < right ? -1 : 1;
  return compareBytes(encoder.encode(left), encoder.encode(right));
}
