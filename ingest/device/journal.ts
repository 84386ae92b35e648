import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

import { BiotError } from '../../chaincode/protocol/errors.ts';

/** Hexadecimal digits of a line's checksum; a blank follows. */
const CHECKSUM_DIGITS = 8;
const OWNER_ONLY = 0o600;

/**
 * A file of lines that only grows. A line is written and saved as a whole: a checksum, a blank, and JSON of one
 * entry. A crash can damage the last line alone, which `open` drops; damage anywhere else is not a crash's doing, and
 * is refused rather than guessed at.
 */
export class Journal {
  readonly #path: string;
  #file: FileHandle;
  #bytes: number;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /**
   * Opens the journal, making it with `first` as its only entry when there is none.
   *
   * @returns the journal with all its entries
   * @throws BiotError STORE_CORRUPT when a line before the last is damaged
   */
  static async open(path: string, first: unknown): Promise<{ journal: Journal; entries: unknown[] }> {
    await rm(draftOf(path), { force: true });
    const file = await openIfPresent(path);
    if (file === undefined) {
      const [created, bytes] = await writeWhole(path, [first]);
      return { journal: new Journal(path, created, bytes), entries: [first] };
    }
    try {
      const { entries, bytes } = decode(path, await file.readFile());
      // What is left of a torn line would spoil the next one.
      await file.truncate(bytes);
      return { journal: new Journal(path, file, bytes), entries };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends one entry: it is on the disk afterwards, whatever happens to the machine. Every line is synced, because
   * of several that are not a loss of power may leave the later and take the earlier.
   */
  async append(entry: unknown): Promise<void> {
    const line = encode(entry);
    try {
      await this.#file.appendFile(line);
      await this.#file.datasync();
    } catch (error) {
      // A full disk takes a part of it, which would be damage in the middle once the next line follows.
      await this.#file.truncate(this.#bytes);
      throw error;
    }
    this.#bytes += line.length;
  }

  /** Puts these entries in the place of all that the journal holds; a crash leaves either the old or the new. */
  async replace(entries: readonly unknown[]): Promise<void> {
    const [file, bytes] = await writeWhole(this.#path, entries);
    await this.#file.close();
    this.#file = file;
    this.#bytes = bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function draftOf(path: string): string {
  return `${path}.draft`;
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file beside the journal and renames it when it is safe on the disk, name and all. */
async function writeWhole(path: string, entries: readonly unknown[]): Promise<[FileHandle, number]> {
  const content = Buffer.concat(entries.map(encode));
  const file = await open(draftOf(path), 'ax+', OWNER_ONLY);
  try {
    await file.writeFile(content);
    await file.datasync();
    await rename(draftOf(path), path);
    await syncFolder(dirname(path));
    return [file, content.length];
  } catch (error) {
    // Whoever tries again finds the place free.
    await file.close();
    await rm(draftOf(path), { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

function encode(entry: unknown): Buffer {
  const text = JSON.stringify(entry);
  return Buffer.from(`${checksum(Buffer.from(text))} ${text}\n`);
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

function decode(path: string, content: Buffer): { entries: unknown[]; bytes: number } {
  const entries: unknown[] = [];
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf('\n', start);
    const entry = end < 0 ? undefined : decodeLine(content.subarray(start, end));
    if (entry === undefined) {
      if (end < 0 || end === content.length - 1) break;
      throw new BiotError('STORE_CORRUPT', `${path} is damaged in line ${entries.length + 1}`);
    }
    entries.push(entry.value);
    start = end + 1;
  }
  return { entries, bytes: start };
}

function decodeLine(line: Buffer): { value: unknown } | undefined {
  const text = line.subarray(CHECKSUM_DIGITS + 1);
  if (line.toString('latin1', 0, CHECKSUM_DIGITS) !== checksum(text)) return undefined;
  const value: unknown = JSON.parse(text.toString());
  return { value };
}
