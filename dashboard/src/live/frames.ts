import * as z from 'zod/mini';

const readingSchema = z.object({
  type: z.literal('reading'),
  device: z.string(),
  tenant: z.string(),
  seq: z.number(),
  ts: z.number(),
  values: z.record(z.string(), z.number()),
});
const signedInSchema = z.object({ type: z.literal('signed-in') });
/** Headers `from` to `sequence` (inclusive) of the log were appended by this transaction, in this block. */
const anchoredSchema = z.object({
  type: z.literal('anchored'),
  logId: z.string(),
  from: z.number(),
  sequence: z.number(),
  transaction: z.string(),
  block: z.number(),
});
const problemSchema = z.object({ type: z.literal('problem'), code: z.string() });

const frameSchema = z.discriminatedUnion('type', [
  signedInSchema,
  readingSchema,
  anchoredSchema,
  problemSchema,
]);

export type ReadingFrame = z.infer<typeof readingSchema>;
export type AnchoredFrame = z.infer<typeof anchoredSchema>;
type Frame = z.infer<typeof frameSchema>;

/** Whether a frame is about this batch. */
export function concerns(frame: AnchoredFrame, batch: { logId: string; sequence: number }): boolean {
  return batch.logId === frame.logId && batch.sequence >= frame.from && batch.sequence <= frame.sequence;
}

/** A frame of the live socket, or undefined for one of a kind that this version does not know. */
export function readFrame(text: string): Frame | undefined {
  try {
    const parsed = frameSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
