import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import { type Action, ACTIONS, actionSchema } from '../../chaincode/protocol/policy/actions.ts';
import { type Subject, subjectSchema } from '../../chaincode/protocol/policy/request.ts';
import { ACCESS_TOKEN_SECONDS } from '../auth/access-tokens.ts';
import { newPasswordSchema, passwordSchema } from '../auth/new-password.ts';
import type { Session } from '../auth/sessions.ts';
import { anyone, signedIn, signedInJudged } from '../http/access.ts';
import { ownPages, withRefreshToken } from '../auth/cookie-access.ts';
import type { Exchange } from '../http/exchange.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { ownGrounds } from '../policy/own-grounds.ts';

export const memberSchema = subjectSchema.omit({ attributes: true }).meta({
  id: 'Member',
  description: 'Who is signed in, as the certificate says',
});

/** Further attributes of the certificate are for judging, not for showing. */
export function memberOf({ org, name, role, tenants }: Subject): z.infer<typeof memberSchema> {
  return { org, name, role, tenants };
}

const grantSchema = z
  .strictObject({
    accessToken: z.string().meta({ description: 'JWT for the Authorization header: Bearer …' }),
    expiresIn: z.int().meta({ description: 'Seconds' }),
    member: memberSchema,
  })
  .meta({ id: 'Grant' });
type Grant = z.infer<typeof grantSchema>;

const credentialsSchema = z
  .strictObject({ name: memberNameSchema, password: passwordSchema })
  .meta({ id: 'Credentials' });

const tag = 'Sign-in';

async function grant(
  { session, refreshToken }: { session: Session; refreshToken: string },
  exchange: Exchange,
  { tokens, sessionLimits, refreshCookie }: Parts,
): Promise<Grant> {
  const accessToken = await tokens.issue(session);
  refreshCookie.set(exchange, refreshToken, Math.floor(sessionLimits.idleMs / 1000));
  return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, member: memberOf(session.member) };
}

const signIn = defineRoute({
  method: 'post',
  path: '/api/v1/auth/sign-in',
  tag,
  operation: 'signIn',
  summary: 'Sign in',
  description:
    'Answers with a short-lived access token, and sets the refresh token as an HttpOnly cookie. The member’s private ' +
    'key is opened with the password and kept in memory while the session lives: changes on the ledger are signed ' +
    'with it.',
  access: anyone,
  claims: ({ body }) => body.name,
  request: z.strictObject({ body: credentialsSchema }),
  answer: { status: 200, description: 'Signed in', schema: grantSchema },
  refusals: ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, exchange, parts }) {
    const opened = await parts.signIn.signIn({ ...body, address: exchange.address });
    exchange.identify(opened.session.member.name, opened.session.member.org);
    return grant(opened, exchange, parts);
  },
});

const refresh = defineRoute({
  method: 'post',
  path: '/api/v1/auth/refresh',
  tag,
  operation: 'refresh',
  summary: 'Get a new access token',
  description:
    'Takes the refresh token of the cookie and sets the next one. Each is good once: an old one that comes again ends ' +
    'the session. The request must come from our own origin or bear the header `x-biot-request`.',
  access: withRefreshToken,
  audited: false,
  request: z.strictObject({}),
  answer: { status: 200, description: 'Goes on', schema: grantSchema },
  refusals: [],
  async handle({ caller: token, exchange, parts }) {
    try {
      return await grant(parts.sessions.refresh(token), exchange, parts);
    } catch (error) {
      if (error instanceof BiotError) parts.refreshCookie.set(exchange, '', 0);
      throw error;
    }
  },
});

const signOut = defineRoute({
  method: 'post',
  path: '/api/v1/auth/sign-out',
  tag,
  operation: 'signOut',
  summary: 'Sign out',
  description:
    'Ends the session of the cookie: its tokens are worth nothing from then on. Harmless without one.',
  access: ownPages,
  request: z.strictObject({}),
  answer: { status: 204, description: 'Signed out', schema: z.undefined() },
  refusals: [],
  handle({ exchange, parts }) {
    const token = parts.refreshCookie.read(exchange);
    const ended = token === undefined ? undefined : parts.sessions.endByToken(token);
    if (ended !== undefined) exchange.identify(ended.name, ended.org);
    parts.refreshCookie.set(exchange, '', 0);
    return undefined;
  },
});

const changePassword = defineRoute({
  method: 'post',
  path: '/api/v1/auth/password',
  tag,
  operation: 'changePassword',
  summary: 'Change your password',
  description:
    'The member’s private key is sealed anew, so that the next password opens it, and the former one nothing. All other ' +
    'sessions of the member end. A wrong `current` counts as a failed sign-in does.',
  access: signedIn,
  request: z.strictObject({
    body: z.strictObject({ current: passwordSchema, next: newPasswordSchema }).meta({ id: 'PasswordChange' }),
  }),
  answer: { status: 204, description: 'Changed', schema: z.undefined() },
  refusals: ['RATE_LIMITED', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller, exchange, parts }) {
    await parts.signIn.changePassword(caller, { ...body, address: exchange.address });
    return undefined;
  },
});

const me = defineRoute({
  method: 'get',
  path: '/api/v1/auth/me',
  tag,
  operation: 'me',
  summary: 'Who is signed in',
  description: 'Name, role and organisation of the token’s member.',
  access: signedIn,
  request: z.strictObject({}),
  answer: { status: 200, description: 'The member', schema: memberSchema },
  refusals: [],
  handle: ({ caller }) => memberOf(caller.member),
});

const permissionsSchema = z
  .strictObject({
    actions: z.array(actionSchema).meta({
      description:
        'Allowed now, from here, on what the member’s own organisation owns, in a tenant of the member’s',
    }),
  })
  .meta({ id: 'Permissions' });

const permissions = defineRoute({
  method: 'get',
  path: '/api/v1/auth/permissions',
  tag,
  operation: 'permissions',
  summary: 'What the signed-in member may do',
  description:
    'For offering people what they may do. What they may do with a device, that device’s `allowed` says. Every ' +
    'request is judged again.',
  access: signedInJudged,
  request: z.strictObject({}),
  answer: { status: 200, description: 'The permissions', schema: permissionsSchema },
  refusals: [],
  handle: ({ caller: { judge } }) => {
    const allowed = (action: Action): boolean =>
      ownGrounds(judge.subject, action).some((resource) => judge.allows(action, resource));
    return { actions: ACTIONS.filter(allowed) };
  },
});

export const authRoutes: readonly Route[] = [signIn, refresh, signOut, changePassword, me, permissions];
