/**
 * The audit trail: who did what, and what came of it. Its entries are batched and anchored as messages are, in the log of
 * the service that saw them. An entry's bytes begin with a tag of their own, so no message can be passed off as one.
 */
import { z } from 'zod';

import { ByteReader, ByteWriter } from './bytes.ts';
import { canonicalJson } from './canonical-json.ts';
import { toHex } from './hash.ts';
import { type Header, MAX_BATCH_MESSAGES } from './header.ts';
import { deviceIdSchema, organisationSchema, tenantSchema, transactionIdSchema } from './identifiers.ts';
import { emptyRoot } from './merkle.ts';
import { instantSchema } from './message.ts';

/** `refused`: the rules, or what was asked, stood against it. `failed`: something broke, and it may have happened. */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export const auditOutcomeSchema = z.enum(AUDIT_OUTCOMES).meta({ id: 'AuditOutcome' });
export type AuditOutcome = z.infer<typeof auditOutcomeSchema>;

/** Bytes of `details`, as canonical JSON. */
export const MAX_DETAILS_BYTES = 8_192;

/** What happened, verb first, as the gateway's operations are called: `suspendDevice`. */
export const auditActionSchema = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,63}$/, 'expected a name such as suspendDevice')
  .meta({ id: 'AuditAction', examples: ['suspendDevice'] });

/** A member's name, a device's id, or what somebody claimed to be who could not prove it. */
export const auditActorSchema = z
  .string()
  .min(1)
  .max(100)
  .meta({ id: 'AuditActor', examples: ['admin@operator'] });

export const auditEntrySchema = z
  .strictObject({
    at: instantSchema,
    actor: auditActorSchema,
    org: organisationSchema
      .nullable()
      .meta({ description: 'The actor’s; null when nobody proved to be of one' }),
    action: auditActionSchema,
    outcome: auditOutcomeSchema,
    tenant: tenantSchema
      .nullable()
      .meta({ description: 'Whose it is; null is for those alone who serve all' }),
    device: deviceIdSchema.nullable(),
    subject: z.string().min(1).max(200).nullable().meta({ description: 'What else it was done to' }),
    details: z.record(z.string(), z.json()),
    address: z.string().min(1).max(64).nullable().meta({ description: 'The other end of the connection' }),
    transaction: transactionIdSchema.nullable().meta({ description: 'On the ledger, that it caused' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** An entry as a row that can have been hashed has it. */
export const hashedEntrySchema = auditEntrySchema
  .extend({ details: z.string().max(MAX_DETAILS_BYTES).meta({ description: 'JSON, as it was hashed' }) })
  .meta({ id: 'HashedAuditEntry' });

/** An entry with its details as text: what is hashed, and what a row of the database holds. */
export interface RawAuditEntry extends Omit<AuditEntry, 'outcome' | 'details'> {
  outcome: string;
  details: string;
}

const DOMAIN = 'biot.audit.1';

/** @throws RangeError when its details are too long to be kept */
export function rawAuditEntry(entry: AuditEntry): RawAuditEntry {
  const details = canonicalJson(entry.details);
  if (new TextEncoder().encode(details).length > MAX_DETAILS_BYTES)
    throw new RangeError(`details have more than ${MAX_DETAILS_BYTES} bytes`);
  return { ...entry, details };
}

/** The canonical bytes of an entry: what its leaf hashes. @throws RangeError when a field has no encoding */
export function encodeAuditEntry(entry: RawAuditEntry): Uint8Array {
  const writer = new ByteWriter().text(DOMAIN).u64(entry.at).text(entry.actor);
  writeOptional(writer, entry.org).text(entry.action).text(entry.outcome);
  for (const field of [entry.tenant, entry.device, entry.subject]) writeOptional(writer, field);
  writer.text(entry.details);
  return writeOptional(writeOptional(writer, entry.address), entry.transaction).finish();
}

/** @throws RangeError when the bytes are not one canonical entry */
export function decodeAuditEntry(bytes: Uint8Array): RawAuditEntry {
  const reader = new ByteReader(bytes);
  if (reader.text() !== DOMAIN) throw new RangeError('not an entry of the audit trail');
  const entry = {
    at: reader.u64(),
    actor: reader.text(),
    org: readOptional(reader),
    action: reader.text(),
    outcome: reader.text(),
    tenant: readOptional(reader),
    device: readOptional(reader),
    subject: readOptional(reader),
    details: reader.text(),
    address: readOptional(reader),
    transaction: readOptional(reader),
  };
  reader.end();
  return entry;
}

/** One byte says whether there is a text, so that none and an empty one are told apart. */
function writeOptional(writer: ByteWriter, value: string | null): ByteWriter {
  return value === null ? writer.u8(0) : writer.u8(1).text(value);
}

function readOptional(reader: ByteReader): string | null {
  const present = reader.u8();
  if (present > 1) throw new RangeError('neither there nor not there');
  return present === 1 ? reader.text() : null;
}

/** What `ranges` is when no device sent anything. */
export const NO_RANGES = toHex(emptyRoot());

export const BATCH_KINDS = ['telemetry', 'audit'] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];

/** Every message has a number and every batch a message: only a batch of entries has no ranges. The header says so. */
export function batchKind({ ranges }: Pick<Header, 'ranges'>): BatchKind {
  return ranges === NO_RANGES ? 'audit' : 'telemetry';
}

const PLACES = BigInt(MAX_BATCH_MESSAGES);

/** An entry's id in the database is its place: its batch and its leaf there. */
export function auditEntryId({ batch, leaf }: { batch: bigint; leaf: number }): bigint {
  return batch * PLACES + BigInt(leaf);
}

export function auditEntryPlace(id: bigint): { batch: bigint; leaf: number } {
  return { batch: id / PLACES, leaf: Number(id % PLACES) };
}
