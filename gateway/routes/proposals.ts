import { z } from 'zod';

import { reasonSchema } from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { policyChangeSchema } from '../../chaincode/protocol/policy/change.ts';
import { MAX_PROPOSAL_DAYS, USUAL_PROPOSAL_DAYS } from '../../chaincode/protocol/policy/expiry.ts';
import { proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { may } from '../http/access.ts';
import { limitField, nextField } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { newestFirst, placeField } from './newest-first.ts';
import { CHANGE_BYTES, channelField, channelQuery, POLICIES_TAG, READ_REFUSALS } from './policies.ts';

const tag = POLICIES_TAG;

const proposalParams = z.strictObject({ id: transactionIdSchema });
/** Proposals are read by the word of two organisations, since people decide by what they read. */
/** What reading by the word of two organisations may end in. */
export const CORROBORATED_REFUSALS: readonly ErrorCode[] = [...READ_REFUSALS, 'LEDGER_ENDORSE_FAILED'];

const listProposals = defineRoute({
  method: 'get',
  path: '/api/v1/policies/proposals',
  tag,
  operation: 'listProposals',
  summary: 'Changes of the rules that were proposed',
  description:
    'Newest first by the instants that the proposers named, read from the ledger with the member’s own key and signed by ' +
    'two organisations’ peers: those that wait for an approval, and what became of the others.',
  access: may('policy:read', 'contract'),
  request: z.strictObject({
    query: z.strictObject({ limit: limitField(20, 100), cursor: placeField, channel: channelField }),
  }),
  answer: {
    status: 200,
    description: 'A page of proposals',
    schema: z
      .strictObject({ proposals: z.array(proposalSchema), next: nextField })
      .meta({ id: 'ProposalPage' }),
  },
  refusals: CORROBORATED_REFUSALS,
  async handle({ request: { query }, caller: { session } }) {
    const { records, next } = await newestFirst(
      {
        list: async (pageSize, from) => {
          const { proposals, bookmark } = await session.policies[query.channel].proposals(pageSize, from);
          return { records: proposals, bookmark };
        },
        madeAt: ({ proposed }) => proposed.at,
      },
      query,
    );
    return { proposals: records, next };
  },
});

const getProposal = defineRoute({
  method: 'get',
  path: '/api/v1/policies/proposals/{id}',
  tag,
  operation: 'getProposal',
  summary: 'One proposal',
  description: 'As the ledger has it, read with the member’s own key and signed by two organisations’ peers.',
  access: may('policy:read', 'contract'),
  request: z.strictObject({ params: proposalParams, query: channelQuery }),
  answer: { status: 200, description: 'The proposal', schema: proposalSchema },
  refusals: ['NOT_FOUND', ...CORROBORATED_REFUSALS],
  handle: ({ request: { params, query }, caller: { session } }) =>
    session.policies[query.channel].proposal(params.id),
});

/** What applying a change may be refused for. */
const CHANGE_REFUSALS: readonly ErrorCode[] = [
  'NOT_FOUND',
  'POLICY_CONFLICT',
  'POLICY_LOCKOUT',
  ...LEDGER_REFUSALS,
];

const proposeChange = defineRoute({
  method: 'post',
  path: '/api/v1/policies/proposals',
  tag,
  operation: 'proposeChange',
  summary: 'Propose a change of the rules',
  description: `What can but take rights away is applied at once: the answer’s \`status\` is then \`applied\`. All else waits until a member of another organisation approves, or \`expiresAt\` has come: at most ${MAX_PROPOSAL_DAYS} days ahead, and ${USUAL_PROPOSAL_DAYS} when it is left out. ${SIGNED}`,
  access: may('policy:propose', 'contract'),
  maximumBytes: CHANGE_BYTES,
  request: z.strictObject({
    query: channelQuery,
    body: z
      .strictObject({
        change: policyChangeSchema,
        reason: reasonSchema,
        expiresAt: z.iso.datetime().optional(),
      })
      .meta({ id: 'ProposeRequest' }),
  }),
  answer: { status: 201, description: 'The proposal as the ledger has it now', schema: proposalSchema },
  refusals: CHANGE_REFUSALS,
  handle: async ({ request: { query, body }, caller: { session }, exchange }) =>
    exchange.committed(
      await session.policies[query.channel].propose(body.change, body.reason, body.expiresAt),
    ).proposal,
});

interface Decision {
  verb: 'approve' | 'reject' | 'withdraw';
  summary: string;
  effect: string;
  refusals?: readonly ErrorCode[];
}

function decisionRoute({ verb, summary, effect, refusals = [] }: Decision): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/policies/proposals/{id}/${verb}`,
    tag,
    operation: `${verb}Proposal`,
    summary,
    description: `${effect} ${SIGNED}`,
    access: may(verb === 'withdraw' ? 'policy:propose' : 'policy:approve', 'contract'),
    request: z.strictObject({ params: proposalParams, query: channelQuery }),
    answer: { status: 200, description: 'The proposal as the ledger has it now', schema: proposalSchema },
    refusals: ['TRANSITION_ILLEGAL', ...refusals, ...CHANGE_REFUSALS],
    handle: async ({ request: { params, query }, caller: { session }, exchange }) => {
      const policies = session.policies[query.channel];
      // Nothing is approved through a peer that would show it otherwise than another organisation's does.
      if (verb === 'approve') await policies.proposal(params.id);
      return exchange.committed(await policies[verb](params.id)).proposal;
    },
  });
}

export const proposalRoutes: readonly Route[] = [
  listProposals,
  getProposal,
  proposeChange,
  decisionRoute({
    verb: 'approve',
    summary: 'Approve a proposal',
    effect:
      'Applies the change. Only a member of another organisation than the proposer’s may, until the proposal expires.',
    refusals: ['PROPOSAL_EXPIRED'],
  }),
  decisionRoute({
    verb: 'reject',
    summary: 'Reject a proposal',
    effect: 'Ends a proposal of another organisation.',
  }),
  decisionRoute({
    verb: 'withdraw',
    summary: 'Withdraw a proposal',
    effect: 'Ends a proposal of the member’s own organisation.',
  }),
];
