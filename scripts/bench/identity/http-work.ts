/** What the process that asks over HTTPS is told, and what it answers. */
import { z } from 'zod';

const targetSchema = z.strictObject({ port: z.int().positive(), path: z.string() });

export const httpWorkSchema = z.strictObject({
  /** PEM of the authority that certified the servers. */
  authority: z.string(),
  ours: targetSchema,
  plain: targetSchema,
  talkers: z.array(z.strictObject({ device: z.string(), privateKey: z.string() })).min(1),
  connections: z.int().positive(),
  /** Of each side, in turns; one more is for warming up. */
  rounds: z.int().positive(),
  roundMs: z.int().positive(),
  /** How long requests are made at half of the rate, to see how long each takes. */
  halfRateMs: z.int().positive(),
});
export type HttpWork = z.infer<typeof httpWorkSchema>;
export type Target = z.infer<typeof targetSchema>;

const sideSchema = z.strictObject({
  /** Requests a second in each round. */
  rates: z.array(z.number()),
  /** From when a request was due to its whole answer, at half of the median rate: milliseconds. */
  p50: z.number(),
  p99: z.number(),
});

export const httpMeasuredSchema = z.strictObject({
  ours: sideSchema,
  plain: sideSchema,
  /** Answers other than 200. */
  failures: z.int(),
  /** Processor time that the asking process took while it asked as much as it could, of the time on the clock. */
  processor: z.number(),
});
export type HttpMeasured = z.infer<typeof httpMeasuredSchema>;
