/** What the bench and its load generator, which is a process of its own, tell each other. */
import { z } from 'zod';

const ownerSchema = z.strictObject({ tenant: z.string(), device: z.string() });

const connectSchema = z.strictObject({
  kind: z.literal('connect'),
  broker: z.strictObject({ port: z.int(), authority: z.string() }),
  /** Folder with a folder for each device. */
  folder: z.string(),
  fleet: z.array(ownerSchema).min(1),
});

const publishSchema = z.strictObject({
  kind: z.literal('publish'),
  /** Messages a second of all devices together; null for as many as the window admits. */
  rate: z.number().positive().nullable(),
  /** Messages of a device that may be without receipt. */
  window: z.int().positive(),
  /** Not counted. */
  warmUpMs: z.number().min(0),
  measuredMs: z.number().positive(),
});
export type Publish = z.infer<typeof publishSchema>;

export const orderSchema = z.discriminatedUnion('kind', [connectSchema, publishSchema]);
export type Order = z.infer<typeof orderSchema>;
export type Connect = z.infer<typeof connectSchema>;

export const outcomeSchema = z.strictObject({
  /** Messages that were receipted in the measured time. */
  receipted: z.int(),
  measuredMs: z.number(),
  /** From when a message was due to its receipt, of the messages that were due in the measured time; null without any. */
  latency: z.strictObject({ p50: z.number(), p99: z.number() }).nullable(),
  /** Instant of the last receipt, milliseconds since the Unix epoch; it comes after the commit. */
  lastReceipt: z.number(),
  /** Messages without receipt in the end, and refusals by code. */
  unreceipted: z.int(),
  refused: z.record(z.string(), z.int()),
  /** The last sequence number of each device since it connected. */
  sent: z.record(z.string(), z.int()),
  /** Processor time that the load generator took of the measured time: near 1 it was itself the bound. */
  processor: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('connected') }),
  z.strictObject({ kind: z.literal('published'), outcome: outcomeSchema }),
  z.strictObject({ kind: z.literal('failed'), message: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
