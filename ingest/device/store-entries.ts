import { z } from 'zod';

import { sequenceSchema } from '../../chaincode/protocol/message.ts';

const noteSchema = z.tuple([z.string(), z.string()]);

/** How the store begins: the number that the next message gets, and what was noted. */
const startSchema = z.strictObject({
  kind: z.literal('start'),
  format: z.literal('biot-store-1'),
  next: sequenceSchema,
  notes: z.array(noteSchema),
});

/** A message as it is sent, and the key of the note that was made with it. */
const messageEntrySchema = z.strictObject({
  kind: z.literal('message'),
  seq: sequenceSchema,
  payload: z.string(),
  origin: z.string().optional(),
});

const noteEntrySchema = z.strictObject({ kind: z.literal('note'), note: noteSchema });

/** Messages that need not be kept any longer: inclusive ranges of sequence numbers. */
const goneSchema = z.strictObject({
  kind: z.literal('gone'),
  ranges: z.array(z.tuple([sequenceSchema, sequenceSchema])),
});

const storeEntrySchema = z.discriminatedUnion('kind', [
  startSchema,
  messageEntrySchema,
  noteEntrySchema,
  goneSchema,
]);
export type StoreEntry = z.infer<typeof storeEntrySchema>;

/** A line of the journal: what happened together, and is there as a whole or not at all. */
export const storeGroupSchema = z.array(storeEntrySchema);
export type StoreGroup = StoreEntry[];

export function startEntry(next: number, notes: ReadonlyMap<string, string>): StoreEntry {
  return { kind: 'start', format: 'biot-store-1', next, notes: [...notes] };
}
