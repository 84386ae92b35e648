export interface TarEntry {
  /** At most 100 bytes. */
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/**
 * A tar archive (POSIX ustar) that depends on its entries' names and contents alone: no owner, no times. The same
 * contracts so give the same package in every organisation, and its hash can be compared.
 *
 * @throws RangeError for a name that the plain header has no room for.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    padding(content.length),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`too long a name for the archive: ${name}`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${octal(size, 11)}\0`, 124);
  block.write(`${octal(0, 11)}\0`, 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  // The checksum is the sum of all bytes, its own field counted as blanks.
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
