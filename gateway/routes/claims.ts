import { z } from 'zod';

import {
  claimDraftSchema,
  claimResource,
  claimSchema,
  MAX_CLAIM_DAYS,
} from '../../chaincode/protocol/onboarding/claim.ts';
import { codeSchema, newCode } from '../../chaincode/protocol/onboarding/code.ts';
import { mayForDevices } from '../http/access.ts';
import { nextField } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { codeListQuery, codeParams, newestCodes, withdrawalSchema } from './codes.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Onboarding';

const createClaim = defineRoute({
  method: 'post',
  path: '/api/v1/claims',
  tag,
  operation: 'createClaim',
  summary: 'Make a claim code',
  description: `Promises a device of the member’s organisation to whoever redeems the code, once, within ${MAX_CLAIM_DAYS} days at most. **The code is in this answer and nowhere else**: the ledger has its hash. ${SIGNED}`,
  access: mayForDevices('claim:create', 'contract'),
  request: z.strictObject({ body: claimDraftSchema.omit({ id: true }).meta({ id: 'ClaimRequest' }) }),
  answer: {
    status: 201,
    description: 'The claim as the ledger has it, and its code',
    schema: z.strictObject({ claim: claimSchema, code: codeSchema }).meta({ id: 'NewClaim' }),
  },
  refusals: ['DEVICE_EXISTS', 'TYPE_UNKNOWN', ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, exchange }) {
    judge.require('claim:create', claimResource({ device: body.device, org: session.member.org }));
    const { id, code } = newCode();
    const { claim } = exchange.committed(await session.claims.create({ id, ...body }));
    return { claim, code };
  },
});

const listClaims = defineRoute({
  method: 'get',
  path: '/api/v1/claims',
  tag,
  operation: 'listClaims',
  summary: 'List claims',
  description:
    'Newest first, those that the asker may see, read from the ledger with the member’s own key. An open claim whose ' +
    '`expiresAt` has passed cannot be redeemed.',
  access: mayForDevices('claim:read', 'contract'),
  request: z.strictObject({ query: codeListQuery }),
  answer: {
    status: 200,
    description: 'A page of claims',
    schema: z.strictObject({ claims: z.array(claimSchema), next: nextField }).meta({ id: 'ClaimList' }),
  },
  refusals: READ_REFUSALS,
  async handle({ request: { query }, caller: { session } }) {
    const { records, next } = await newestCodes(async (pageSize, from) => {
      const { claims, bookmark } = await session.claims.list(pageSize, from);
      return { records: claims, bookmark };
    }, query);
    return { claims: records, next };
  },
});

const withdrawClaim = defineRoute({
  method: 'post',
  path: '/api/v1/claims/{id}/withdraw',
  tag,
  operation: 'withdrawClaim',
  summary: 'Withdraw a claim',
  description: `Its code is worthless from then on. ${SIGNED}`,
  access: mayForDevices('claim:withdraw', 'contract'),
  request: z.strictObject({
    params: codeParams,
    body: withdrawalSchema,
  }),
  answer: { status: 200, description: 'The claim as the ledger has it now', schema: claimSchema },
  refusals: ['NOT_FOUND', 'CODE_REDEEMED', 'CODE_WITHDRAWN', ...LEDGER_REFUSALS],
  handle: async ({ request: { params, body }, caller: { session }, exchange }) =>
    exchange.committed(await session.claims.withdraw(params.id, body.reason)).claim,
});

export const claimRoutes: readonly Route[] = [createClaim, listClaims, withdrawClaim];
