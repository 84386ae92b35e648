import { z } from 'zod';

import { BATCH_KINDS, batchKind } from '../../chaincode/protocol/audit-entry.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { checkpointSchema, headerSchema } from '../../chaincode/protocol/header.ts';
import { logIdSchema, transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { may } from '../http/access.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { anchorStateSchema } from './telemetry.ts';

const tag = 'Anchors';

const batchKindSchema = z.enum(BATCH_KINDS).meta({
  id: 'BatchKind',
  description: 'What its leaves are: messages of devices, or entries of the audit trail',
});

const anchorSchema = z
  .strictObject({
    logId: logIdSchema,
    sequence: headerSchema.shape.sequence,
    kind: batchKindSchema,
    size: z.int().min(1).meta({ description: 'Messages, or entries of the audit trail, in the batch' }),
    root: hashHexSchema,
    previous: hashHexSchema,
    state: anchorStateSchema,
    transaction: transactionIdSchema.nullable(),
    block: z.int().min(0).nullable(),
    createdAt: instantSchema,
    earliest: instantSchema.meta({ description: 'Of the messages’ own instants' }),
    latest: instantSchema,
  })
  .meta({ id: 'Anchor', description: 'A batch’s header, and how far it is on its way to the ledger' });

const placeSchema = z.strictObject({ batch: z.string().regex(/^\d{1,18}$/) });

const listAnchors = defineRoute({
  method: 'get',
  path: '/api/v1/anchors',
  tag,
  operation: 'listAnchors',
  summary: 'List anchors',
  description: 'Newest first, as the database’s outbox has them. What the ledger says is under /logs.',
  access: may('anchor:read', 'last-known'),
  request: z.strictObject({
    query: z.strictObject({
      logId: logIdSchema.optional(),
      limit: limitField(50, 500),
      cursor: cursorField(placeSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of anchors',
    schema: z.strictObject({ anchors: z.array(anchorSchema), next: nextField }).meta({ id: 'AnchorPage' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, parts: { store } }) {
    const { logId, limit, cursor } = query;
    const found = await store.anchors({
      ...(logId === undefined ? {} : { logId }),
      ...(cursor === undefined ? {} : { before: BigInt(cursor.batch) }),
      limit: limit + 1,
    });
    const { page, next } = pageOf(found, limit, ({ batch }) => ({ batch: batch.toString() }));
    return {
      anchors: page.map(({ logId: log, sequence, size, root, previous, ranges, ...rest }) => {
        const { state, transaction, block, createdAt, earliest, latest } = rest;
        const place = { state, transaction, block, createdAt, earliest, latest };
        return { logId: log, sequence, kind: batchKind({ ranges }), size, root, previous, ...place };
      }),
      next,
    };
  },
});

const listLogs = defineRoute({
  method: 'get',
  path: '/api/v1/logs',
  tag,
  operation: 'listLogs',
  summary: 'Logs and their checkpoints',
  description: 'Size, root and head of each log as the contract computed them, read from the ledger now.',
  access: may('anchor:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The checkpoints',
    schema: z.strictObject({ logs: z.array(checkpointSchema) }).meta({ id: 'Logs' }),
  },
  refusals: ['LEDGER_UNAVAILABLE', 'LEDGER_TIMEOUT', 'LEDGER_EVALUATE_FAILED'],
  handle: async ({ parts: { anchors } }) => ({ logs: await anchors.logs() }),
});

export const anchorRoutes: readonly Route[] = [listAnchors, listLogs];
