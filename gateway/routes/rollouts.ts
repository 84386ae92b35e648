import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  rolloutDraftSchema,
  rolloutIdSchema,
  rolloutResource,
} from '../../chaincode/protocol/firmware/rollout.ts';
import { rolloutStateSchema, updateStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { deviceTypeSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import type { StoredRollout } from '../../sql/queries/rollouts.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { devicePage, devicePageQuery } from '../http/device-pages.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Store } from '../store.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';
import { CORROBORATED_REFUSALS } from './proposals.ts';
import { rolloutDeviceSchema, rolloutViewSchema, viewOfRecord, viewOfStored } from './rollout-views.ts';

const tag = 'Rollouts';

/** 1,000 devices that are named are more than other bodies may have. */
const ROLLOUT_BYTES = 128 * 1024;

export const rolloutParams = z.strictObject({ id: rolloutIdSchema });
const access = mayForDevices('rollout:read', 'last-known');

const requestSchema = rolloutDraftSchema
  .extend({
    id: rolloutIdSchema
      .optional()
      .meta({ description: 'Whoever names it may ask again when the answer was lost: it is created once' }),
  })
  .meta({ id: 'RolloutRequest' });

const createRollout = defineRoute({
  method: 'post',
  path: '/api/v1/rollouts',
  tag,
  operation: 'createRollout',
  summary: 'Roll a release out',
  description:
    'Brings an approved release to the devices of the member’s organisation that are of its type, of the tenant, and of the ' +
    'target: phase by phase, at most so many a minute, within the schedule. It goes on when enough devices of a phase have ' +
    `succeeded, and stops when too many have failed. With \`approval\`, a second person has to approve it first. ${SIGNED}`,
  access: mayForDevices('rollout:create', 'contract'),
  maximumBytes: ROLLOUT_BYTES,
  request: z.strictObject({ body: requestSchema }),
  answer: { status: 201, description: 'The rollout as the ledger has it', schema: rolloutViewSchema },
  refusals: ['NOT_FOUND', 'FIRMWARE_INVALID', ...CORROBORATED_REFUSALS, ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, exchange }) {
    const draft = { ...body, id: body.id ?? randomUUID() };
    // Nothing is rolled out through a peer that would show it otherwise than another organisation's does.
    const { type, version } = await session.firmware.release(draft.release);
    const { org } = session.member;
    judge.require('rollout:create', rolloutResource({ ...draft, org, type, version }));
    const { rollout } = await session.rollouts.create(draft);
    exchange.setHeader('Location', `/api/v1/rollouts/${draft.id}`);
    return viewOfRecord(rollout);
  },
});

const placeSchema = z.strictObject({ createdAt: instantSchema, id: rolloutIdSchema });

const listRollouts = defineRoute({
  method: 'get',
  path: '/api/v1/rollouts',
  tag,
  operation: 'listRollouts',
  summary: 'List rollouts',
  description: 'Newest first, those of the asker’s tenants that the asker may read, from the database.',
  access,
  request: z.strictObject({
    query: z.strictObject({
      state: rolloutStateSchema.optional(),
      type: deviceTypeSchema.optional(),
      limit: limitField(50, 200),
      cursor: cursorField(placeSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of rollouts',
    schema: z
      .strictObject({ rollouts: z.array(rolloutViewSchema), next: nextField })
      .meta({ id: 'RolloutList' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { judge }, parts: { store } }) {
    const { limit, cursor, ...filter } = query;
    const found = await store.rollouts({
      ...filter,
      tenants: judge.tenants,
      before: cursor,
      limit: limit + 1,
    });
    const { page, next } = pageOf(found, limit, ({ createdAt, id }) => ({ createdAt, id }));
    return {
      rollouts: page
        .filter(({ definition }) => judge.allows('rollout:read', rolloutResource(definition)))
        .map(viewOfStored),
      next,
    };
  },
});

const getRollout = defineRoute({
  method: 'get',
  path: '/api/v1/rollouts/{id}',
  tag,
  operation: 'getRollout',
  summary: 'Get a rollout',
  description:
    'With how many devices are in each state, of all phases and of each. Until ingest has read the rollout from its block, ' +
    'this is read from the ledger, and says nothing of devices.',
  access,
  request: z.strictObject({ params: rolloutParams }),
  answer: { status: 200, description: 'The rollout', schema: rolloutViewSchema },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE', ...READ_REFUSALS],
  async handle({ request: { params }, caller, parts: { store } }) {
    const stored = await storedRollout(params.id, caller, store);
    if (stored !== undefined) return viewOfStored(stored);
    const record = await caller.session.rollouts.get(params.id);
    caller.judge.require('rollout:read', rolloutResource(record));
    return viewOfRecord(record);
  },
});

const listRolloutDevices = defineRoute({
  method: 'get',
  path: '/api/v1/rollouts/{id}/devices',
  tag,
  operation: 'listRolloutDevices',
  summary: 'How far each device of a rollout is',
  description: 'In the order of the devices’ ids, from the database; of one state, or of all.',
  access,
  request: z.strictObject({
    params: rolloutParams,
    query: devicePageQuery(updateStateSchema),
  }),
  answer: {
    status: 200,
    description: 'A page of devices',
    schema: z
      .strictObject({ devices: z.array(rolloutDeviceSchema), next: nextField })
      .meta({ id: 'RolloutDevices' }),
  },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params, query }, caller, parts: { store } }) {
    if ((await storedRollout(params.id, caller, store)) === undefined)
      throw new BiotError('NOT_FOUND', `there is no rollout ${params.id} in the database`);
    const { page: devices, next } = await devicePage(query, (wanted) =>
      store.rolloutDevices({ rollout: params.id, ...wanted }),
    );
    return { devices, next };
  },
});

/** @throws BiotError FORBIDDEN, DATABASE_UNAVAILABLE */
async function storedRollout(
  id: string,
  { judge }: Person,
  store: Store,
): Promise<StoredRollout | undefined> {
  const rollout = await store.rollout({ id, tenants: judge.tenants });
  if (rollout !== undefined) judge.require('rollout:read', rolloutResource(rollout.definition));
  return rollout;
}

export const rolloutRoutes: readonly Route[] = [createRollout, listRollouts, getRollout, listRolloutDevices];
