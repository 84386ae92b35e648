import { z } from 'zod';

import { rhythmSchema } from './rhythm.ts';
import { seasonSchema } from './season.ts';
import { signsSchema } from './signs.ts';
import { spreadSchema } from './spread.ts';
import { stretchSchema } from './stretch.ts';

const readingsSchema = z.strictObject({
  count: z.int().nonnegative(),
  /** Means of the last few and of the last many deviations, in usual errors. */
  few: z.number(),
  many: z.number(),
  /** The mean of all readings, and how far they usually are from it. */
  centre: z.number(),
  usualOffset: z.number().nonnegative(),
});

/** All that a detector knows. Its shape is a version: another one is no snapshot, and the detector begins anew. */
export const snapshotSchema = z.strictObject({
  version: z.literal(1),
  threshold: z.number().gt(0).lte(0.9),
  readings: readingsSchema,
  rhythm: rhythmSchema,
  season: seasonSchema,
  spread: spreadSchema,
  signs: signsSchema,
  stretch: stretchSchema,
});
export type DetectorSnapshot = z.infer<typeof snapshotSchema>;
