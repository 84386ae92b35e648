import { z } from 'zod';

export const plainWorkSchema = z.strictObject({ home: z.string(), rows: z.int().min(1) });
export type PlainWork = z.infer<typeof plainWorkSchema>;

export const plainSchema = z.strictObject({
  rows: z.int(),
  seconds: z.number().positive(),
  /** MiB that the process held more at its peak than before. */
  megabytes: z.number(),
});
