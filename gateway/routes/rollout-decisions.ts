import { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { rolloutResource } from '../../chaincode/protocol/firmware/rollout.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { RolloutCommitted, RolloutLedger } from '../../network/ledger/rollouts.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { withdrawalSchema } from './codes.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';
import { type RolloutView, rolloutViewSchema, viewOfRecord } from './rollout-views.ts';
import { rolloutParams } from './rollouts.ts';

const tag = 'Rollouts';

const answer = {
  status: 200,
  description: 'The rollout as the ledger has it now',
  schema: rolloutViewSchema,
} as const;

const refusals: readonly ErrorCode[] = [
  'NOT_FOUND',
  'TRANSITION_ILLEGAL',
  ...READ_REFUSALS,
  ...LEDGER_REFUSALS,
];

interface Decision {
  readonly id: string;
  readonly action: Action;
  readonly commit: (rollouts: RolloutLedger) => Promise<RolloutCommitted>;
}

/** The contract judges, and so do we: it cannot see from which network somebody asks. */
async function decide({ id, action, commit }: Decision, { session, judge }: Person): Promise<RolloutView> {
  judge.require(action, rolloutResource(await session.rollouts.get(id)));
  return viewOfRecord((await commit(session.rollouts)).rollout);
}

interface Forward {
  readonly verb: 'approve' | 'resume';
  readonly action: Action;
  readonly summary: string;
  readonly effect: string;
}

function forwardRoute({ verb, action, summary, effect }: Forward): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/rollouts/{id}/${verb}`,
    tag,
    operation: `${verb}Rollout`,
    summary,
    description: `${effect} Its release has to be approved still. ${SIGNED}`,
    access: mayForDevices(action, 'contract'),
    request: z.strictObject({ params: rolloutParams }),
    answer,
    refusals: ['FIRMWARE_INVALID', ...refusals],
    handle: ({ request: { params }, caller }) =>
      decide({ id: params.id, action, commit: (rollouts) => rollouts[verb](params.id) }, caller),
  });
}

interface Halt {
  readonly verb: 'pause' | 'cancel';
  readonly summary: string;
  readonly effect: string;
}

function haltRoute({ verb, summary, effect }: Halt): Route {
  const action = 'rollout:control';
  return defineRoute({
    method: 'post',
    path: `/api/v1/rollouts/{id}/${verb}`,
    tag,
    operation: `${verb}Rollout`,
    summary,
    description: `${effect} What devices have begun they end. ${SIGNED}`,
    access: mayForDevices(action, 'contract'),
    request: z.strictObject({ params: rolloutParams, body: withdrawalSchema }),
    answer,
    refusals,
    handle: ({ request: { params, body }, caller }) =>
      decide({ id: params.id, action, commit: (rollouts) => rollouts[verb](params.id, body.reason) }, caller),
  });
}

export const rolloutDecisionRoutes: readonly Route[] = [
  forwardRoute({
    verb: 'approve',
    action: 'rollout:approve',
    summary: 'Approve a rollout',
    effect: 'It begins, at the time that it says. Nobody approves a rollout of one’s own.',
  }),
  haltRoute({
    verb: 'pause',
    summary: 'Pause a rollout',
    effect: 'No further device is told until it is resumed.',
  }),
  forwardRoute({
    verb: 'resume',
    action: 'rollout:control',
    summary: 'Resume a rollout',
    effect: 'It goes on where it was paused.',
  }),
  haltRoute({
    verb: 'cancel',
    summary: 'Cancel a rollout',
    effect: 'For good: no further device is told.',
  }),
];
