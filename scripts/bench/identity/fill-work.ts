/** What a measured start-up is told, and what it answers. */
import { z } from 'zod';

export const fillWorkSchema = z.strictObject({
  home: z.string(),
  member: z.string(),
  /** `mirror`: as gateway and ingest do it. `plain`: the same pages, parsed as JSON and kept by id. */
  way: z.enum(['mirror', 'plain']),
});
export type FillWork = z.infer<typeof fillWorkSchema>;

export const filledSchema = z.strictObject({
  seconds: z.number().positive(),
  devices: z.int(),
  /** MiB that the process held more at its peak than before. */
  megabytes: z.number(),
});
export type Filled = z.infer<typeof filledSchema>;
