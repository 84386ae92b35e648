import { z } from 'zod';

import { instantSchema } from '../../chaincode/protocol/message.ts';
import { type Action, ACTIONS, actionSchema } from '../../chaincode/protocol/policy/actions.ts';
import { may } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { MemberEntry } from '../member-directory.ts';
import type { Parts } from '../parts.ts';
import { ownGrounds } from '../policy/own-grounds.ts';
import { memberOf, memberSchema } from './auth.ts';
import { READ_REFUSALS } from './policies.ts';

const listedMemberSchema = memberSchema
  .extend({
    certificate: z.strictObject({ notBefore: instantSchema, notAfter: instantSchema }).nullable().meta({
      description:
        'When it is valid; null for a service of which this gateway only knows the log that it writes',
    }),
    signsIn: z.boolean().meta({
      description:
        'Whether the member signs in here. Who does not has the key elsewhere: a service, or a person who signs with ' +
        '`npm run sign`; or was removed here, and not revoked',
    }),
    allowed: z.array(actionSchema).meta({
      description:
        'What the rules let the member do now with what the member’s own organisation owns, from wherever; nothing ' +
        'while the certificate is not valid',
    }),
  })
  .meta({ id: 'ListedMember', description: 'A member, and what the rules let that member do' });
type ListedMember = z.infer<typeof listedMemberSchema>;

const listMembers = defineRoute({
  method: 'get',
  path: '/api/v1/members',
  tag: 'Members',
  operation: 'listMembers',
  summary: 'Who is judged by the rules',
  description:
    'The people who sign in here, everybody else for whom a certificate was made here that the ledger takes still, as ' +
    'the certificates say, and the ingest workers that write logs, in the order of their names: those who serve all ' +
    'tenants, and those who share one with the asker. Members whom their organisation certified elsewhere are not ' +
    'among them.',
  access: may('member:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The members',
    schema: z.strictObject({ members: z.array(listedMemberSchema) }).meta({ id: 'Members' }),
  },
  refusals: ['DATABASE_UNAVAILABLE', ...READ_REFUSALS],
  handle: async ({ parts, caller: { judge } }) => ({
    members: (await parts.directory.entries(judge.tenants)).map((entry) => listed(entry, parts)),
  }),
});

/** From no address in particular: a right that holds in some networks only is not counted. */
function listed(
  { subject, validity, current, signsIn }: MemberEntry,
  { policy, clock }: Parts,
): ListedMember {
  const circumstances = { instant: clock() };
  const allows = (action: Action): boolean =>
    ownGrounds(subject, action).some(
      (resource) => policy.decideAsLastKnown({ subject, action, resource, circumstances }).allowed,
    );
  return {
    ...memberOf(subject),
    certificate: validity,
    signsIn,
    allowed: current ? ACTIONS.filter(allows) : [],
  };
}

export const memberRoutes: readonly Route[] = [listMembers];
