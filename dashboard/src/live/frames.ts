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
/** A step of a command was stored, of one of its devices or of the command as a whole. */
const commandSchema = z.object({
  type: z.literal('command'),
  id: z.string(),
  device: z.nullable(z.string()),
  state: z.string(),
  at: z.number(),
});
/** Something became of an alert. */
const alertSchema = z.object({
  type: z.literal('alert'),
  id: z.string(),
  device: z.nullable(z.string()),
  step: z.string(),
});
/** A device that is watched came, went or fell asleep. */
const presenceSchema = z.object({
  type: z.literal('presence'),
  device: z.string(),
  state: z.enum(['online', 'offline', 'sleeping']),
  since: z.number(),
  reason: z.nullable(z.enum(['lost', 'closed', 'silence', 'overslept', 'turned away'])),
  wakesAt: z.nullable(z.number()),
});
const problemSchema = z.object({ type: z.literal('problem'), code: z.string() });

const frameSchema = z.discriminatedUnion('type', [
  signedInSchema,
  readingSchema,
  anchoredSchema,
  commandSchema,
  alertSchema,
  presenceSchema,
  problemSchema,
]);

export type ReadingFrame = z.infer<typeof readingSchema>;
export type AnchoredFrame = z.infer<typeof anchoredSchema>;
export type CommandFrame = z.infer<typeof commandSchema>;
export type AlertFrame = z.infer<typeof alertSchema>;
export type PresenceFrame = z.infer<typeof presenceSchema>;
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
