import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

import type { Request, Response } from 'express';
import { z } from 'zod';

import { Streamed } from './streamed.ts';

/** A reader that takes nothing for so long keeps its place from others. */
const STALLED_MS = 60_000;

interface Content {
  readonly mediaType: string;
  /** Of letters, digits, `.`, `_` and `-`. */
  readonly fileName: string;
  /** Made while they are taken. */
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
}

/** A file for whoever asks. */
export function download(content: Content): Streamed {
  return new Streamed((request, response) => sendDownload(request, response, content));
}

/** What a route answers with; the document shows it as text. */
export const downloadSchema = z.instanceof(Streamed).meta({ override: { type: 'string' } });

/**
 * Sends it as fast as it is taken. What goes wrong before the first chunk is thrown while it can still be answered. After
 * that the connection is destroyed: the last chunk of HTTP is never sent (RFC 9112 section 7.1), nor the end of gzip, so
 * nobody takes half a file for a whole one.
 */
async function sendDownload(
  request: Request,
  response: Response,
  { chunks, mediaType, fileName }: Content,
): Promise<void> {
  const first = await chunks.next();
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  response.setHeader('Vary', 'Accept-Encoding');
  const zip = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (zip) response.setHeader('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') {
    await chunks.return();
    response.end();
    return;
  }
  response.setTimeout(STALLED_MS, () => response.destroy());
  const failures: unknown[] = [];
  async function* content(): AsyncGenerator<Buffer> {
    try {
      if (first.done !== true) yield first.value;
      yield* chunks;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
  // The quickest: on the wire it is mostly digits that repeat, and the file is read once.
  const zipped = zip ? [createGzip({ level: constants.Z_BEST_SPEED })] : [];
  try {
    await pipeline([Readable.from(content()), ...zipped, response]);
  } catch (error) {
    // Otherwise it is the reader who went away.
    if (failures.length > 0) throw error;
  }
}
