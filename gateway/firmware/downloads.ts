import { pipeline } from 'node:stream/promises';

import { Refusal } from '../http/problem.ts';
import { Streamed } from '../http/streamed.ts';
import { type RangeHeaders, rangeOf } from './byte-range.ts';
import type { ImageStore, Wanted } from './image-store.ts';

/** A device that takes nothing for so long keeps its place from others. */
const STALLED_MS = 30_000;
const MOST_AT_ONCE = 64;
/** A part of a download takes about so long; those who wait come back at different times (see `ingest/device/firmware`). */
const TRY_AGAIN = { headers: { 'Retry-After': '2' } };

/** How a stream ends whose reader went away, or was sent away: nothing that we could mend. */
const READER_GONE: readonly unknown[] = ['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'ECONNRESET', 'EPIPE'];

/**
 * Hands images to devices, a bounded number at a time. A device has one download: the next ends the one before, which is
 * mostly one whose connection was lost, and of which nobody has told us yet.
 */
export class Downloads {
  readonly #images: ImageStore;
  readonly #mostAtOnce: number;
  readonly #running = new Map<string, AbortController>();

  constructor(images: ImageStore, mostAtOnce = MOST_AT_ONCE) {
    this.#images = images;
    this.#mostAtOnce = mostAtOnce;
  }

  /** @throws Refusal INVALID_ARGUMENT (416), RATE_LIMITED */
  begin(device: string, image: Wanted, headers: RangeHeaders): Streamed {
    const etag = `"${image.id}"`;
    const range = rangeOf(headers, { size: image.size, etag });
    if (range === 'unsatisfiable')
      throw new Refusal('INVALID_ARGUMENT', `the image ends with byte ${image.size - 1}`, {
        status: 416,
        headers: { 'Content-Range': `bytes */${image.size}` },
      });
    const { first, last } = range ?? { first: 0, last: image.size - 1 };
    const { signal, end } = this.#admit(device);
    return new Streamed(async (request, response) => {
      response.status(range === undefined ? 200 : 206).set({
        'Content-Type': 'application/octet-stream',
        'Content-Length': String(last - first + 1),
        'Accept-Ranges': 'bytes',
        ETag: etag,
      });
      if (range !== undefined) response.set('Content-Range', `bytes ${first}-${last}/${image.size}`);
      if (request.method === 'HEAD') {
        end();
        response.end();
        return;
      }
      response.setTimeout(STALLED_MS, () => response.destroy());
      await pipeline(this.#images.read(image.id, { first, last }), response, { signal })
        .catch(refuseUnlessGone)
        .finally(end);
    });
  }

  #admit(device: string): { signal: AbortSignal; end: () => void } {
    this.#running.get(device)?.abort();
    this.#running.delete(device);
    if (this.#running.size >= this.#mostAtOnce)
      throw new Refusal('RATE_LIMITED', 'many devices fetch images just now: try again later', TRY_AGAIN);
    const controller = new AbortController();
    this.#running.set(device, controller);
    const end = (): void => {
      if (this.#running.get(device) === controller) this.#running.delete(device);
    };
    return { signal: controller.signal, end };
  }
}

function refuseUnlessGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && READER_GONE.includes(error.code))) throw error;
}
