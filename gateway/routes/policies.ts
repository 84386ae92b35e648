import { z } from 'zod';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { actionSchema } from '../../chaincode/protocol/policy/actions.ts';
import { MAX_CHANGE_LENGTH, policyChangeSchema } from '../../chaincode/protocol/policy/change.ts';
import { explanationSchema } from '../../chaincode/protocol/policy/explain.ts';
import { resourceSchema, subjectSchema } from '../../chaincode/protocol/policy/request.ts';
import { ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import { CHANNELS } from '../../network/home/organisations.ts';
import { may, mayAll } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { effectSchema, effectsOf } from '../policy/effects.ts';
import { kindOf, questionsAbout } from '../policy/questions.ts';
import { untriedOf, untriedSchema } from '../policy/untried.ts';

export const POLICIES_TAG = 'Policies';
const tag = POLICIES_TAG;

/** What asking a contract may end in. */
export const READ_REFUSALS: readonly ErrorCode[] = [
  'LEDGER_UNAVAILABLE',
  'LEDGER_TIMEOUT',
  'LEDGER_EVALUATE_FAILED',
];

/** Larger than other bodies: a change may have a hundred rules. */
export const CHANGE_BYTES = MAX_CHANGE_LENGTH;

/** Each channel has its own rules. The gateway's own judgement, which comes first, is by those of the registry. */
export const channelField = z.enum(CHANNELS).default('registry').meta({
  description: 'The channel whose rules they are',
});
export const channelQuery = z.strictObject({ channel: channelField });

const listRules = defineRoute({
  method: 'get',
  path: '/api/v1/policies/rules',
  tag,
  operation: 'listRules',
  summary: 'The rules of who may do what',
  description:
    'The rules of a channel in the order of their ids, the consortium’s and those of the asker’s tenants, ' +
    'read from the ledger now with the member’s own key. ' +
    'A rule that denies wins over any that allows; what no rule allows is refused.',
  access: may('policy:read', 'contract'),
  request: z.strictObject({ query: channelQuery }),
  answer: {
    status: 200,
    description: 'The rules',
    schema: z.strictObject({ rules: z.array(ruleSchema) }).meta({ id: 'Rules' }),
  },
  refusals: READ_REFUSALS,
  handle: async ({ request: { query }, caller: { session } }) => ({
    rules: await session.policies[query.channel].rules(),
  }),
});

const explainDecision = defineRoute({
  method: 'post',
  path: '/api/v1/policies/explain',
  tag,
  operation: 'explainDecision',
  audited: false,
  summary: 'Why somebody may do something, or may not',
  description:
    'The decision of the contract, with the rules for that action that match and those that came nearest. Without a ' +
    '`subject`: for the member who asks. Of a resource with a `device`, all else is taken from the ledger’s record. ' +
    'A peer cannot see where a caller is: networks are judged by the gateway.',
  access: may('policy:read', 'contract'),
  request: z.strictObject({
    query: channelQuery,
    body: z
      .strictObject({ subject: subjectSchema.optional(), action: actionSchema, resource: resourceSchema })
      .meta({ id: 'ExplainRequest' }),
  }),
  answer: { status: 200, description: 'The explanation', schema: explanationSchema },
  refusals: ['DEVICE_UNKNOWN', ...READ_REFUSALS],
  handle: ({ request: { query, body }, caller: { session } }) =>
    session.policies[query.channel].explain(body.subject, body.action, body.resource),
});

const dryRunSchema = z
  .strictObject({
    effects: z.array(effectSchema),
    untried: z.array(untriedSchema),
    asked: z
      .strictObject({
        members: z.int().min(0),
        kinds: z.int().min(0).meta({ description: 'Kinds of devices' }),
        questions: z
          .int()
          .min(0)
          .meta({
            description:
              'None when the asker’s tenants have nothing that the rules are about, devices above all: that there are no ' +
              'effects then says nothing',
          }),
        moments: z.array(instantSchema).meta({
          description:
            'Later moments that were asked about, too, because rules about these actions name times',
        }),
        cut: z.boolean().meta({
          description:
            'Whether there was more to ask than the contract answers at once: the rarest kinds, or some moments, are ' +
            'left out',
        }),
      })
      .meta({ id: 'Asked' }),
  })
  .meta({ id: 'DryRun' });

const dryRun = defineRoute({
  method: 'post',
  path: '/api/v1/policies/dry-run',
  tag,
  operation: 'dryRunChange',
  audited: false,
  summary: 'What a change of the rules would change for whom',
  description:
    'Asks the contract, for every member that the gateway knows, the platform’s services among them, and every kind of ' +
    'device there is, of the asker’s tenants, what would be answered otherwise after the change, now and whenever a ' +
    'rule about it begins or ends to apply, and gathers what differs. `untried` says what of the change no question was about. Nothing is changed.',
  // The answer names members, their roles and tenants.
  access: mayAll('policy:read', 'member:read'),
  maximumBytes: CHANGE_BYTES,
  request: z.strictObject({
    query: channelQuery,
    body: z.strictObject({ change: policyChangeSchema }).meta({ id: 'DryRunRequest' }),
  }),
  answer: { status: 200, description: 'What would change', schema: dryRunSchema },
  refusals: ['DATABASE_UNAVAILABLE', ...READ_REFUSALS],
  async handle({ request: { query, body }, caller: { session }, parts: { directory, fleet, clock } }) {
    const { tenants } = session.member;
    const policies = session.policies[query.channel];
    const members = await directory.members(tenants);
    const classes = fleet.classes().filter(({ tenant }) => serves(tenants, tenant));
    const device = (id: string): Device | undefined => {
      const known = fleet.known(id);
      return known !== undefined && serves(tenants, known.tenant) ? known : undefined;
    };
    // Those that the asker may see: a change of another is asked about like one of a rule that is not there.
    const rules = await policies.rules();
    const world = { members, classes, device, rules, now: clock() };
    const { rules: touched, surveyed, questions, moments, cut } = questionsAbout(body.change, world);
    const found = questions.length === 0 ? [] : await policies.dryRun(body.change, questions);
    const kinds = surveyed.some(({ action }) => kindOf(action) === 'devices') ? classes.length : 0;
    const asked = { members: members.length, kinds, questions: surveyed.length, moments, cut };
    return { effects: effectsOf(found), untried: untriedOf(touched, surveyed, world.now), asked };
  },
});

export const policyRoutes: readonly Route[] = [listRules, explainDecision, dryRun];
