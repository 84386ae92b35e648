/** What parts of a report are made of: entries of the audit trail, listed or counted. */
import { z } from 'zod';

import { auditEntrySchema } from '../../chaincode/protocol/audit-entry.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';

export const count = z.int().min(0);
/** As the rows have it, whoever wrote them. */
export const text = z.string();

const outcomes = { done: count, refused: count, failed: count };

export const deedSchema = z
  .strictObject({ actor: text, org: text.nullable(), action: text, last: instantSchema, ...outcomes })
  .meta({ id: 'ReportedDeed' });
export type ReportedDeed = z.infer<typeof deedSchema>;

const entrySchema = z
  .strictObject({
    id: text.meta({ description: 'Of the entry: `npm run verify -- --entry ID` checks it' }),
    at: auditEntrySchema.shape.at,
    actor: text,
    action: text,
    device: text.nullable(),
    subject: text.nullable(),
    reason: text.nullable(),
    transaction: text.nullable(),
  })
  .meta({ id: 'ReportedEntry' });
export type ReportedEntry = z.infer<typeof entrySchema>;

/** Entries of a kind: how many there are, and the newest of them. */
export const entriesSchema = z.strictObject({ total: count, newest: z.array(entrySchema) });
export type ReportedEntries = z.infer<typeof entriesSchema>;
