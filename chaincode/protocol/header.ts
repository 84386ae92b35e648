import { z } from 'zod';

import { ByteWriter, MAX_SAFE } from './bytes.ts';
import { fromHex, HASH_SIZE, hashHexSchema, toHex } from './hash.ts';
import { logIdSchema } from './identifiers.ts';
import { leafHash } from './merkle.ts';

/** Messages in one batch: what 14 bits of a reading's id can number. */
export const MAX_BATCH_MESSAGES = 16_384;
/** `previous` of a log's first header. */
export const NO_PREVIOUS = '0'.repeat(64);

/**
 * A batch's header: what is anchored. `sequence` counts the batches of a log from 0, `size` is the number of
 * messages, `root` the Merkle root over them, `previous` the hash of the log's previous header, `ranges` the root
 * over the devices' sequence ranges.
 */
export const headerSchema = z
  .strictObject({
    logId: logIdSchema,
    sequence: z.int().min(0).max(MAX_SAFE),
    size: z.int().min(1).max(MAX_BATCH_MESSAGES),
    root: hashHexSchema,
    previous: hashHexSchema,
    ranges: hashHexSchema,
  })
  .meta({ id: 'Header' });
export type Header = z.infer<typeof headerSchema>;

export function encodeHeader(header: Header): Uint8Array {
  return new ByteWriter()
    .text('biot.header.1')
    .text(header.logId)
    .u64(header.sequence)
    .u32(header.size)
    .fixed(fromHex(header.root), HASH_SIZE)
    .fixed(fromHex(header.previous), HASH_SIZE)
    .fixed(fromHex(header.ranges), HASH_SIZE)
    .finish();
}

/** A header's hash: its leaf in the log's tree, and `previous` of the header after it. */
export function headerHash(header: Header): Uint8Array {
  return leafHash(encodeHeader(header));
}

export function headerHashHex(header: Header): string {
  return toHex(headerHash(header));
}

/** A log's state as the contract computed it: what an auditor keeps. `head` is the hash of the last header. */
export const checkpointSchema = z
  .strictObject({
    logId: logIdSchema,
    size: z.int().min(0).max(MAX_SAFE),
    root: hashHexSchema,
    head: hashHexSchema,
  })
  .meta({ id: 'Checkpoint' });
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Headers in one transaction, or in one page. */
export const MAX_HEADERS = 500;

/** What the contract tells the channel after appending headers `from` to `to` (inclusive). */
export const anchorEventSchema = z.strictObject({
  logId: logIdSchema,
  from: z.int().min(0),
  to: z.int().min(0),
  root: hashHexSchema,
});
export type AnchorEvent = z.infer<typeof anchorEventSchema>;
export const ANCHOR_EVENT = 'anchors';
