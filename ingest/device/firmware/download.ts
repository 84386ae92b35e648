import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { ReleaseContent } from '../../../chaincode/protocol/firmware/release.ts';
import { Backoff } from '../backoff.ts';
import { askGateway, type FirmwareGateway, refusalIn } from './gateway-link.ts';

export interface DownloadOptions {
  readonly gateway: FirmwareGateway;
  /** What is in it already is the begin of this image, or of another one: then its hash will not be right. */
  readonly file: string;
  readonly signal?: AbortSignal;
  /** Between tries that got nothing further. */
  readonly backoff?: Backoff;
  /** Told how many bytes have come, with each part; the connection is ended unless it wants more. */
  readonly wantsMore?: (bytes: number) => boolean;
}

/** Tries in a row that got nothing further. */
const MOST_TRIES = 20;
const LATER: readonly unknown[] = [429, 502, 503, 504];

/** What a try came to; of one that got nothing further, how long (ms) the gateway wants to be left alone. */
type Step = 'done' | 'further' | { readonly wait: number };
const NOTHING: Step = { wait: 0 };

/**
 * Fetches an image into a file and goes on where it was cut, as often as need be, also after a restart. Of what it fetched
 * nothing is known yet: `judgeImage` says whether it is the image.
 *
 * @throws BiotError with the gateway's code when it refuses for good, or does not answer any more
 */
export async function downloadImage(image: Image, { file, ...options }: DownloadOptions): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    await fetchAll(image, handle, options);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

type Image = Pick<ReleaseContent, 'id' | 'size'>;
type Way = Omit<DownloadOptions, 'file'>;

async function fetchAll(image: Image, handle: FileHandle, way: Way): Promise<void> {
  const { signal, backoff = new Backoff({ first: 500, longest: 30_000 }) } = way;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const step = await fetchPart(image, handle, way);
    if (step === 'done') return;
    signal?.throwIfAborted();
    if (step === 'further') {
      backoff.reset();
      tries = 0;
    }
    const wait = step === 'further' ? 0 : step.wait;
    await sleep(wait + backoff.next(), undefined, signal === undefined ? {} : { signal });
  }
  throw new BiotError('RATE_LIMITED', 'the gateway gives nothing of the image');
}

async function fetchPart(
  { id, size }: Image,
  handle: FileHandle,
  { gateway, signal, wantsMore }: Way,
): Promise<Step> {
  const begun = (await handle.stat()).size;
  if (begun >= size) return 'done';
  const headers: Record<string, string> =
    begun === 0 ? {} : { range: `bytes=${begun}-`, 'if-range': `"${id}"` };
  const answer = await askGateway(gateway, `/${id}`, { signal, headers }).catch(() => undefined);
  if (answer === undefined) return NOTHING;
  if (LATER.includes(answer.statusCode)) return later(answer);
  const place = placeOf(answer);
  if (place === undefined) throw await refusalIn(answer);
  return take(answer, handle, { ...place, begun, size, wantsMore });
}

function later(answer: IncomingMessage): Step {
  answer.resume();
  const seconds = Number(answer.headers['retry-after']);
  return { wait: Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 0 };
}

interface Place {
  /** Where in the image the body begins. */
  readonly from: number;
  /** How long the image is, the answer says. */
  readonly total: number;
}

interface Missing {
  /** Bytes that have come before. */
  readonly begun: number;
  readonly size: number;
  readonly wantsMore: DownloadOptions['wantsMore'];
}

/** Undefined when the answer has nothing of an image. */
function placeOf({ statusCode, headers }: IncomingMessage): Place | undefined {
  if (statusCode === 200) return { from: 0, total: Number(headers['content-length']) };
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  return statusCode === 206 && from !== undefined ? { from: Number(from), total: Number(total) } : undefined;
}

async function take(
  answer: IncomingMessage,
  handle: FileHandle,
  { from, total, begun, size, wantsMore }: Place & Missing,
): Promise<Step> {
  // Another place than we asked for: only the begin is of any use, and then all that was there is not.
  if (from !== begun) await handle.truncate(0);
  if (from !== begun && from !== 0) {
    answer.destroy();
    return NOTHING;
  }
  const got = await append(answer, handle, { missing: size - from, wantsMore });
  // Whole, and not of this size: no other try gives more of it.
  if (answer.complete && total !== size) return 'done';
  return got > 0 ? 'further' : NOTHING;
}

/** At most one byte more than is missing: enough to see that it is too long. @returns how many came before the end or the cut */
async function append(
  answer: IncomingMessage,
  handle: FileHandle,
  { missing, wantsMore = () => true }: Pick<Missing, 'wantsMore'> & { readonly missing: number },
): Promise<number> {
  let got = 0;
  const chunks: AsyncIterable<Uint8Array> = answer;
  try {
    for await (const chunk of chunks) {
      const bytes = chunk.subarray(0, missing + 1 - got);
      await handle.appendFile(bytes);
      got += bytes.length;
      if (got > missing || !wantsMore(bytes.length)) break;
    }
  } catch (error) {
    // Cut: what has come is kept. A disk that is full is another matter.
    if (!answer.destroyed || isOfDisk(error)) throw error;
  }
  return got;
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write';
}
