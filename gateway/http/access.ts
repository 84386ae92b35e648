/** Who may ask: each route names one of these, and the document says it in the same words. */
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import {
  type Action,
  decide,
  type Resource,
  type Role,
  ROLES,
  type Subject,
} from '../../chaincode/protocol/policy.ts';
import type { Session } from '../auth/sessions.ts';
import type { Parts } from '../parts.ts';
import type { Exchange } from './exchange.ts';
import { Refusal } from './problem.ts';

export interface Access<Caller> {
  /** OpenAPI security requirements; none for everyone. */
  readonly security: readonly Readonly<Record<string, string[]>>[];
  readonly who: string;
  readonly refusals: readonly ErrorCode[];
  /** HTTP statuses of refusals that mean something else here than usual. */
  readonly statuses?: Partial<Record<ErrorCode, number>>;
  /** @throws BiotError with one of `refusals` */
  readonly admit: (exchange: Exchange, parts: Parts) => Promise<Caller> | Caller;
}

/** Names of the security schemes in the OpenAPI document. */
export const PERSON_SCHEME = 'person';
export const DEVICE_SCHEME = 'device';

const UNAUTHORIZED = 401;

export const anyone: Access<undefined> = {
  security: [],
  who: 'everyone',
  refusals: [],
  admit: () => undefined,
};

export const signedIn: Access<Session> = {
  security: [{ [PERSON_SCHEME]: [] }],
  who: 'everyone who is signed in',
  refusals: ['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'],
  admit: async (exchange, { tokens, sessions }) => {
    const { sessionId } = await tokens.verify(bearerToken(exchange));
    const session = sessions.use(sessionId);
    if (session === undefined) throw challenge('TOKEN_EXPIRED', 'the session has ended: sign in again');
    exchange.identify(session.member.name);
    return session;
  },
};

/** People whose role the policy allows the action, on some resource at least; see `permit` for the one at hand. */
export function may(action: Action): Access<Session> {
  return {
    security: signedIn.security,
    who: `people of role ${rolesFor(action).join(', ')} (\`${action}\`)`,
    refusals: [...signedIn.refusals, 'FORBIDDEN'],
    admit: async (exchange, parts) => {
      const session = await signedIn.admit(exchange, parts);
      permit(session.member, action, ownResource(session.member));
      return session;
    },
  };
}

export interface AskingDevice {
  device: Device;
  /** The token that it sent, for whoever is to verify it again. */
  token: string;
}

/** A device's own token. Its digest claim, if it has one, covers the body. */
export const asDevice: Access<AskingDevice> = {
  security: [{ [DEVICE_SCHEME]: [] }],
  who: 'the device itself, by a token signed with its key',
  refusals: [
    'UNAUTHENTICATED',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'DEVICE_UNKNOWN',
    'DEVICE_NOT_ACTIVE',
    'LEDGER_STALE',
  ],
  // Elsewhere the device is what is asked for; here it is who asks.
  statuses: { DEVICE_UNKNOWN: UNAUTHORIZED },
  admit: (exchange, parts) => admitDevice(exchange, parts, undefined),
};

/** The same for requests with a body: the token must cover it. */
export const asDeviceWithBody: Access<AskingDevice> = {
  ...asDevice,
  who: 'the device itself, by a token signed with its key that has the body’s `digest`',
  admit: (exchange, parts) => admitDevice(exchange, parts, exchange.bytes),
};

async function admitDevice(
  exchange: Exchange,
  { deviceTokens, fleet }: Parts,
  body: Uint8Array | undefined,
): Promise<AskingDevice> {
  const token = bearerToken(exchange);
  fleet.requireFresh();
  const device = await deviceTokens.verify(token, body).catch((error: unknown) => {
    throw error instanceof BiotError && error.code === 'DEVICE_UNKNOWN'
      ? challenge(error.code, error.message)
      : error;
  });
  exchange.identify(device.id);
  return { device, token };
}

/** @throws BiotError FORBIDDEN. The contracts judge again by the certificate, and their word is final. */
export function permit(subject: Subject, action: Action, resource: Resource): void {
  const decision = decide({ subject, action, resource });
  if (!decision.allowed) throw new BiotError('FORBIDDEN', decision.reason);
}

function ownResource({ org, name }: Subject): Resource {
  return { org, log: name };
}

/** They have no password: they never sign in. */
const SERVICES: ReadonlySet<Role> = new Set<Role>(['gateway', 'ingest']);

function rolesFor(action: Action): Role[] {
  const allowed = (role: Role): boolean => {
    const subject: Subject = { org: 'AnyMSP', name: 'any@any', role };
    return decide({ subject, action, resource: ownResource(subject) }).allowed;
  };
  return ROLES.filter((role) => !SERVICES.has(role) && allowed(role));
}

/** RFC 6750 section 3: an unauthenticated caller is told how to authenticate. */
function challenge(code: ErrorCode, message: string): Refusal {
  return new Refusal(code, message, {
    status: UNAUTHORIZED,
    headers: { 'WWW-Authenticate': 'Bearer realm="biot"' },
  });
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

function bearerToken(exchange: Exchange): string {
  const token = BEARER.exec(exchange.header('authorization') ?? '')?.[1];
  if (token === undefined)
    throw challenge('UNAUTHENTICATED', 'an Authorization header with a Bearer token is needed');
  return token;
}
