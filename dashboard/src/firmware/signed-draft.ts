/** What a vendor's machine signed, as it comes here: a JSON text, and an image that has to fit it. */
import type { z } from 'zod';

import { releaseDraftSchema } from '../../../chaincode/protocol/firmware/release.ts';
import { vendorKeyDraftSchema } from '../../../chaincode/protocol/firmware/vendor-key.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import type { ReleaseDraft, VendorKeyDraft } from '../api/types.ts';
import { sentence } from '../format/sentence.ts';

type Read<Draft> = { draft: Draft } | { error: string };

export function releaseDraftOf(text: string): Read<ReleaseDraft> {
  return read(releaseDraftSchema, text, 'npm run firmware -- sign');
}

export function vendorKeyDraftOf(text: string): Read<VendorKeyDraft> {
  return read(vendorKeyDraftSchema, text, 'npm run firmware -- prove');
}

/** @param command what prints such a text */
function read<Draft>(schema: z.ZodType<Draft>, text: string, command: string): Read<Draft> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { error: `This is not what ${command} printed.` };
  }
  const checked = schema.safeParse(parsed);
  if (checked.success) return { draft: checked.data };
  const [{ path, message } = { path: [], message: 'not valid' }] = checked.error.issues;
  return { error: path.length === 0 ? sentence(message) : `${path.join('.')}: ${message}.` };
}

/** What the bytes of a file are. */
export interface ImageFacts {
  readonly name: string;
  readonly size: number;
  /** SHA-256, in hex. */
  readonly hash: string;
}

export async function imageFacts(file: File): Promise<ImageFacts> {
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return { name: file.name, size: file.size, hash: toHex(new Uint8Array(hash)) };
}

/** Why the image is not the one that was signed; undefined when it is. */
export function misfit(
  { name, size, hash }: ImageFacts,
  signed: Pick<ReleaseDraft, 'id' | 'size'>,
): string | undefined {
  if (size !== signed.size) return `${name} has ${size} bytes; the image that was signed has ${signed.size}.`;
  return hash === signed.id ? undefined : `${name} is not the image that was signed: its SHA-256 is another.`;
}
