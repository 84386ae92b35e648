import { z } from 'zod';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';

const countSchema = z.union([z.literal('all'), z.int().min(0).max(100_000)]);

const addressSchema = z.string().regex(/^[A-Za-z0-9.-]{1,253}:\d{1,5}$/, 'expected HOST:PORT');

/** What the audit's process is asked to do. */
export const requestSchema = z.strictObject({
  /** The member in whose name peers are asked: `auditor@auditor`. */
  auditor: memberNameSchema,
  /** Where peers are to be found that are not at their places in this instance, by their names. */
  addresses: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'expected the name of a peer'),
    addressSchema,
  ),
  scope: z.strictObject({
    blocks: countSchema,
    devices: countSchema,
    patienceMs: z.int().min(0).max(3_600_000),
  }),
});
export type AuditRequest = z.infer<typeof requestSchema>;
