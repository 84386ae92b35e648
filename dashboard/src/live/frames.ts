import * as z from 'zod/mini';

const readingSchema = z.object({
  type: z.literal('reading'),
  device: z.string(),
  tenant: z.string(),
  seq: z.number(),
  ts: z.number(),
  values: z.record(z.string(), z.number()),
});
const anchoredSchema = z.object({
  type: z.literal('anchored'),
  logId: z.string(),
  sequence: z.number(),
  block: z.nullable(z.number()),
});
const problemSchema = z.object({ type: z.literal('problem'), code: z.string() });

const frameSchema = z.discriminatedUnion('type', [readingSchema, anchoredSchema, problemSchema]);

export type ReadingFrame = z.infer<typeof readingSchema>;
export type AnchoredFrame = z.infer<typeof anchoredSchema>;
export type Frame = z.infer<typeof frameSchema>;

/** A frame of the live socket, or undefined for one of a kind that this version does not know. */
export function readFrame(text: string): Frame | undefined {
  try {
    const parsed = frameSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
