import { z } from 'zod';

import {
  auditActionSchema,
  auditActorSchema,
  auditEntrySchema,
  auditOutcomeSchema,
} from '../../chaincode/protocol/audit-entry.ts';
import {
  deviceIdSchema,
  logIdSchema,
  tenantSchema,
  transactionIdSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { entryEvidenceSchema } from '../../chaincode/protocol/evidence.ts';
import { serves, servesAll } from '../../chaincode/protocol/tenants.ts';
import type { StoredAuditEntry } from '../../sql/queries/audit-logs.ts';
import { may } from '../http/access.ts';
import { cursorField, instantField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { anchorStateSchema, PROOF_REFUSALS } from './telemetry.ts';

const tag = 'Audit';

const { at, outcome, details: entryDetails } = auditEntrySchema.shape;

/** Texts as the rows have them, whoever wrote them. */
const listedSchema = z
  .strictObject({
    at,
    actor: z.string(),
    org: z.string().nullable(),
    action: z.string(),
    outcome,
    tenant: z.string().nullable(),
    device: z.string().nullable(),
    subject: z.string().nullable(),
    details: entryDetails,
    address: z.string().nullable(),
    transaction: z.string().nullable(),
    id: z
      .string()
      .regex(/^\d{1,20}$/)
      .meta({ description: 'Its place: batch × 2¹⁴ + leaf' }),
    anchor: z
      .strictObject({
        logId: logIdSchema,
        sequence: z.int().min(0),
        state: anchorStateSchema,
        transaction: transactionIdSchema.nullable(),
        block: z.int().min(0).nullable(),
      })
      .nullable()
      .meta({ description: 'How far its batch is on its way to the ledger; null when no batch has it' }),
  })
  .meta({ id: 'ListedAuditEntry' });

const placeSchema = z.strictObject({ at: z.int().min(0), id: z.string().regex(/^\d{1,20}$/) });

const listEntries = defineRoute({
  method: 'get',
  path: '/api/v1/audit',
  tag,
  operation: 'listAuditEntries',
  summary: 'What people and services did',
  description:
    'Newest first: every change, sign-in, sign-out and refusal. Refusals that anybody can cause at will are counted, with ' +
    'one entry a minute. Entries of tenants that the asker does not serve are left out, and those that are nobody’s are ' +
    'for those who serve all tenants. Whether an entry is what was anchored, `npm run verify` tells.',
  access: may('audit:read', 'last-known'),
  request: z.strictObject({
    query: z.strictObject({
      actor: auditActorSchema.optional(),
      action: auditActionSchema.optional(),
      outcome: auditOutcomeSchema.optional(),
      device: deviceIdSchema.optional(),
      tenant: tenantSchema.optional(),
      from: instantField('Entries from this instant on').optional(),
      to: instantField('Entries before this instant').optional(),
      limit: limitField(50, 500),
      cursor: cursorField(placeSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of entries',
    schema: z.strictObject({ entries: z.array(listedSchema), next: nextField }).meta({ id: 'AuditPage' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { session }, parts: { store } }) {
    const { limit, cursor, ...filter } = query;
    const found = await store.auditEntries({
      ...filter,
      tenants: session.member.tenants,
      ...(cursor && { before: { at: cursor.at, id: BigInt(cursor.id) } }),
      limit: limit + 1,
    });
    const { page, next } = pageOf(found, limit, ({ at, id }) => ({ at, id: id.toString() }));
    return {
      entries: page.map(listed),
      next,
    };
  },
});

const entryIdSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/, 'expected an entry’s id')
  .transform(BigInt)
  .meta({
    override: {
      type: 'string',
      pattern: '^(0|[1-9]\\d{0,18})$',
      description: 'Its place: batch × 2¹⁴ + leaf',
    },
  });

const proveEntry = defineRoute({
  method: 'get',
  path: '/api/v1/audit/{id}/proof',
  tag,
  operation: 'proveEntry',
  summary: 'Evidence for an entry',
  description:
    'The way from an entry to the ledger’s checkpoint, to be checked by whoever asks, with code and a checkpoint of their ' +
    'own. The entry is what its row says now: of a row that was changed after it was anchored, the evidence does not hold.',
  access: may('audit:read', 'last-known'),
  request: z.strictObject({ params: z.strictObject({ id: entryIdSchema }) }),
  answer: { status: 200, description: 'The evidence', schema: entryEvidenceSchema },
  refusals: PROOF_REFUSALS,
  handle: ({ request: { params }, caller: { judge }, parts: { evidence } }) =>
    evidence.makeForEntry(
      params.id,
      ({ tenant }) => servesAll(judge.tenants) || (tenant !== null && serves(judge.tenants, tenant)),
    ),
});

/** Details that no writer of ours wrote are shown as they are: one bad row must not hide the others. */
function listed({ id, details, ...rest }: StoredAuditEntry): z.infer<typeof listedSchema> {
  const readable = entryDetails.safeParse(parsed(details));
  return { ...rest, id: id.toString(), details: readable.data ?? { unreadable: details } };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export const auditRoutes: readonly Route[] = [listEntries, proveEntry];
