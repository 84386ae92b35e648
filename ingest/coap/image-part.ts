import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';

/**
 * Reads a part of an image from where the gateway keeps them, each under its SHA-256 once it is whole.
 *
 * @param id checked by a schema before: it is the only part of the path that comes from outside
 * @throws BiotError NOT_FOUND
 */
export async function imagePart(
  folder: string,
  id: string,
  { first, length }: { first: number; length: number },
): Promise<Uint8Array> {
  const file = await open(join(folder, id)).catch((cause: unknown) => {
    throw new BiotError('NOT_FOUND', `image ${id} is not here`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, first);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
