/** A Block option's value (RFC 7959 section 2.2). */
export interface Block {
  readonly number: number;
  readonly more: boolean;
  /** Bytes of each block but the last. */
  readonly size: number;
}

/** With CoAP's header and options it fits into a datagram that no way between has to cut; RFC 7959 knows no larger one. */
export const LARGEST_BLOCK = 1_024;

/** A block of something that has so many bytes. */
export type Part = Block & { readonly of: number };

/** @returns undefined when it is none that RFC 7959 knows */
export function readBlock(value: Uint8Array): Block | undefined {
  if (value.length > 3) return undefined;
  const bits = value.reduce((sum, byte) => sum * 256 + byte, 0);
  const exponent = bits % 8;
  // 7 is reserved.
  if (exponent === 7) return undefined;
  return { number: Math.floor(bits / 16), more: Math.floor(bits / 8) % 2 === 1, size: 2 ** (exponent + 4) };
}

/** The value of a Block option, as a number. */
export function blockValue({ number, more, size }: Block): number {
  return number * 16 + (more ? 8 : 0) + Math.log2(size) - 4;
}

/** Where a block of something lies in it, in bytes; undefined when it is beyond the end. */
export function placeOf(
  { number, size }: Pick<Block, 'number' | 'size'>,
  of: number,
): { first: number; length: number; part: Part } | undefined {
  const first = number * size;
  if (first >= of) return undefined;
  const length = Math.min(size, of - first);
  return { first, length, part: { number, more: first + length < of, size, of } };
}
