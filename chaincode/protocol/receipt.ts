import { z } from 'zod';

import { ERROR_CODES } from './errors.ts';
import { logIdSchema } from './identifiers.ts';
import { epochSchema, sequenceSchema } from './message.ts';

export const refusedSchema = z
  .strictObject({
    /** Null when the payload was too damaged to tell. */
    seq: sequenceSchema.nullable(),
    code: z.enum(ERROR_CODES),
    message: z.string(),
  })
  .meta({ id: 'Refused' });
export type Refused = z.infer<typeof refusedSchema>;

/**
 * The platform's promise to a device: the messages in `committed` (inclusive ranges of sequence numbers) are in the
 * database for good, those in `refused` will never be taken. The device may forget both; all else it sends again.
 */
export const receiptSchema = z
  .strictObject({
    /** The device's epoch on the ledger; null when the ledger does not know the device. */
    epoch: epochSchema.nullable(),
    committed: z.array(z.tuple([sequenceSchema, sequenceSchema])),
    refused: z.array(refusedSchema),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof receiptSchema>;

/** Refusals that may end: the device keeps the message and tries again later. */
export const RETRYABLE: readonly string[] = [
  'LEDGER_STALE',
  'LEDGER_UNAVAILABLE',
  'DEVICE_UNKNOWN',
  'DEVICE_NOT_ACTIVE',
  'TYPE_UNKNOWN',
];

/** What is shown live after a commit. */
export const liveReadingSchema = z
  .strictObject({
    device: z.string(),
    tenant: z.string(),
    seq: sequenceSchema,
    ts: z.int(),
    values: z.record(z.string(), z.number()),
  })
  .meta({ id: 'LiveReading' });
export type LiveReading = z.infer<typeof liveReadingSchema>;

/** What is told live when the headers `from` to `to` (inclusive) of a log were committed in a block. */
export const anchoredSchema = z
  .strictObject({
    logId: logIdSchema,
    from: z.int().min(0),
    to: z.int().min(0),
    /** That appended them. */
    transaction: z.string(),
    block: z.int().min(0),
  })
  .meta({ id: 'Anchored' });
export type Anchored = z.infer<typeof anchoredSchema>;
