/** What a device says about its being there, itself or, by its last will, through the broker. */
import { z } from 'zod';

/** A day's sleep is usual, a month's the longest that is believed. */
const LONGEST_SLEEP_SECONDS = 31 * 86_400;

/** Names one connection of the device, so that the will of an earlier one does not end a later one. */
const connectionSchema = z.string().min(1).max(64);

/**
 * JSON, retained, on the device's presence topic. The will is an `offline` without a reason or with `lost`; who leaves
 * in an orderly way says `closed`, or for how long it sleeps.
 */
export const announcementSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('online'), connection: connectionSchema.exactOptional() }),
  z.strictObject({
    state: z.literal('offline'),
    reason: z.enum(['lost', 'closed']).default('lost'),
    connection: connectionSchema.exactOptional(),
  }),
  z.strictObject({
    state: z.literal('sleeping'),
    /** From now on: the device's clock may be wrong. */
    seconds: z.int().min(1).max(LONGEST_SLEEP_SECONDS),
    connection: connectionSchema.exactOptional(),
  }),
]);
export type Announcement = z.output<typeof announcementSchema>;

export const MAX_ANNOUNCEMENT_BYTES = 1024;
