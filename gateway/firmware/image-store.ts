import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { access, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { ReleaseContent } from '../../chaincode/protocol/firmware/release.ts';
import type { ByteRange } from './byte-range.ts';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const DRAFT = '.draft';

/** What an image has to be. Its id is checked by a schema before it gets here: it is the only part of a path that comes from outside. */
export type Wanted = Pick<ReleaseContent, 'id' | 'size'>;

/** Images of firmware, each in a file that is named by its SHA-256, and which is whole when it has that name. */
export class ImageStore {
  readonly #folder: string;

  /** Makes the folder if need be, and clears away what a crash left half-written. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    for (const name of readdirSync(folder)) if (name.endsWith(DRAFT)) rmSync(join(folder, name));
  }

  async has(id: string): Promise<boolean> {
    return access(this.#fileOf(id), constants.R_OK).then(
      () => true,
      () => false,
    );
  }

  /**
   * Keeps an image, which is hashed while it is written and never in memory as a whole. Of one that is not what it has to
   * be nothing is kept.
   *
   * @throws BiotError FIRMWARE_INVALID or STORE_FULL
   */
  async keep(wanted: Wanted, source: AsyncIterable<Uint8Array>): Promise<void> {
    const draft = join(this.#folder, `${randomUUID()}${DRAFT}`);
    const file = await open(draft, 'wx', OWNER_ONLY_FILE);
    try {
      await receive(wanted, source, file).finally(() => file.close());
      await rename(draft, this.#fileOf(wanted.id));
      await this.#sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** The bytes of an image that is there. */
  read(id: string, { first, last }: ByteRange): Readable {
    return createReadStream(this.#fileOf(id), { start: first, end: last });
  }

  #fileOf(id: string): string {
    return join(this.#folder, id);
  }

  /** The new name is on the disk, too. */
  async #sync(): Promise<void> {
    const folder = await open(this.#folder);
    await folder.sync().finally(() => folder.close());
  }
}

async function receive(
  { id, size }: Wanted,
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
): Promise<void> {
  const hash = createHash('sha256');
  let received = 0;
  for await (const chunk of unbroken(source)) {
    received += chunk.length;
    if (received > size) throw invalid(`the image has more than the ${size} bytes of its release`);
    hash.update(chunk);
    await file.writeFile(chunk).catch(refuseFull);
  }
  if (received < size) throw invalid(`the image ends after ${received} of ${size} bytes`);
  if (hash.digest('hex') !== id) throw invalid('the image has another hash than its release');
  await file.sync().catch(refuseFull);
}

/** A connection that breaks off is an image that ends too early. */
async function* unbroken(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new BiotError('FIRMWARE_INVALID', 'the image was broken off', { cause });
  }
}

function invalid(message: string): BiotError {
  return new BiotError('FIRMWARE_INVALID', message);
}

const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

function refuseFull(cause: unknown): never {
  const isFull = cause instanceof Error && 'code' in cause && FULL.includes(cause.code);
  throw isFull ? new BiotError('STORE_FULL', 'no room is left for images', { cause }) : cause;
}
