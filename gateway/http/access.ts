/** Who may ask: each route names one of these, and the document says it in the same words. */
import type { X509Certificate } from 'node:crypto';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Resource } from '../../chaincode/protocol/policy/request.ts';
import { deviceOfCertificate } from '../auth/device-certificate.ts';
import type { Session } from '../auth/sessions.ts';
import type { Parts } from '../parts.ts';
import { Judge, type SilentBasis } from '../policy/judge.ts';
import type { Exchange } from './exchange.ts';
import { MEANINGS, Refusal } from './problem.ts';

export interface Access<Caller> {
  /** OpenAPI security requirements; none for everyone. */
  readonly security: readonly Readonly<Record<string, string[]>>[];
  readonly who: string;
  readonly refusals: readonly ErrorCode[];
  /** HTTP statuses of refusals that mean something else here than usual. */
  readonly statuses?: Partial<Record<ErrorCode, number>>;
  /**
   * Counts the requests of whoever need not say who asks, before a body is read.
   *
   * @throws BiotError RATE_LIMITED
   */
  readonly count?: (exchange: Exchange, parts: Parts) => Promise<void>;
  /** @throws BiotError with one of `refusals` */
  readonly admit: (exchange: Exchange, parts: Parts) => Promise<Caller> | Caller;
}

/** Names of the security schemes in the OpenAPI document. */
export const PERSON_SCHEME = 'person';
export const DEVICE_SCHEME = 'device';
export const CERTIFICATE_SCHEME = 'deviceCertificate';

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
    exchange.identify(session.member.name, session.member.org);
    return session;
  },
};

/** A person who may ask, and what else the policy lets that person do. */
export interface Person {
  readonly session: Session;
  readonly judge: Judge;
}

/** What the rules of a route that asks for a permission depend on, beyond the action. */
interface Grounds {
  /** What the action is done to; of a route about devices or types, the handler judges each by itself. */
  readonly on: 'devices' | 'types' | 'itself';
  readonly whenSilent: SilentBasis;
}

/** Refuses at the door; where the route is about devices or types, only those who may do it to none at all. */
function permitted(actions: readonly Action[], { on, whenSilent }: Grounds): Access<Person> {
  const named = actions.map((action) => `\`${action}\``).join(' and ');
  return {
    security: signedIn.security,
    who: `people whom the policy allows ${named}${on === 'itself' ? '' : `, and for the ${on} that it says`}`,
    refusals: [...signedIn.refusals, 'FORBIDDEN', 'LEDGER_STALE'],
    admit: async (exchange, parts) => {
      const person = personOf(await signedIn.admit(exchange, parts), { exchange, parts, whenSilent });
      for (const action of actions) {
        if (on === 'itself') person.judge.require(action, NOTHING);
        else person.judge.requireForAnything(action);
      }
      return person;
    },
  };
}

const NOTHING: Resource = {};

/** People whom the policy allows an action that is done to no device. */
export function may(action: Action, whenSilent: SilentBasis = 'nothing'): Access<Person> {
  return permitted([action], { on: 'itself', whenSilent });
}

/** People whom the policy allows each of these actions, which are done to no device. */
export function mayAll(...actions: readonly Action[]): Access<Person> {
  return permitted(actions, { on: 'itself', whenSilent: 'nothing' });
}

/** People whom the policy allows the action on some device at least: the handler judges the one at hand. */
export function mayForDevices(action: Action, whenSilent: SilentBasis = 'nothing'): Access<Person> {
  return permitted([action], { on: 'devices', whenSilent });
}

/** People whom the policy allows the action on some type at least: the handler judges the one at hand. */
export function mayForTypes(action: Action, whenSilent: SilentBasis = 'nothing'): Access<Person> {
  return permitted([action], { on: 'types', whenSilent });
}

/** Everyone who is signed in, with a judge that says what the policy allows. */
export const signedInJudged: Access<Person> = {
  ...signedIn,
  refusals: [...signedIn.refusals, 'LEDGER_STALE'],
  admit: async (exchange, parts) =>
    personOf(await signedIn.admit(exchange, parts), { exchange, parts, whenSilent: 'last-known' }),
};

interface Asking {
  exchange: Exchange;
  parts: Parts;
  whenSilent: SilentBasis;
}

function personOf(session: Session, { exchange, parts, whenSilent }: Asking): Person {
  const { policy, clock } = parts;
  const { address } = exchange;
  return { session, judge: new Judge({ policy, clock, subject: session.member, address, whenSilent }) };
}

export interface AskingDevice {
  device: Device;
  /** The token that it sent, for whoever is to verify it again; none from who showed a certificate. */
  token: string | undefined;
}

/** A device's own token, or certificate. The token's digest claim, if it has one, covers the body. */
export const asDevice: Access<AskingDevice> = {
  security: [{ [DEVICE_SCHEME]: [] }, { [CERTIFICATE_SCHEME]: [] }],
  who: 'the device itself, by a token signed with its key, or by its certificate',
  refusals: ['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'DEVICE_NOT_ACTIVE', 'LEDGER_STALE'],
  admit: (exchange, parts) => admitDevice(exchange, parts, undefined),
};

/** The same for requests with a body: the token must cover it. */
export const asDeviceWithBody: Access<AskingDevice> = {
  ...asDevice,
  who: 'the device itself, by a token signed with its key that has the body’s `digest`, or by its certificate',
  admit: (exchange, parts) => admitDevice(exchange, parts, exchange.bytes),
};

async function admitDevice(
  exchange: Exchange,
  { deviceTokens, fleet, clock }: Parts,
  body: Uint8Array | undefined,
): Promise<AskingDevice> {
  const { certificate } = exchange;
  if (certificate !== undefined && exchange.header('authorization') === undefined) {
    const device = certified(certificate, { fleet, clock });
    exchange.identify(device.id);
    return { device, token: undefined };
  }
  const token = bearerToken(exchange);
  fleet.requireFresh();
  const device = await deviceTokens.verify(token, body).catch((error: unknown) => {
    throw error instanceof BiotError && MEANINGS[error.code].status === UNAUTHORIZED
      ? challenge(error.code, error.message)
      : error;
  });
  exchange.identify(device.id);
  return { device, token };
}

/** @throws BiotError LEDGER_STALE, UNAUTHENTICATED or DEVICE_NOT_ACTIVE */
function certified(certificate: X509Certificate, { fleet, clock }: Pick<Parts, 'fleet' | 'clock'>): Device {
  fleet.requireFresh();
  const known = { device: (id: string) => fleet.known(id), now: clock() };
  const device = deviceOfCertificate(certificate, known);
  if (device === undefined)
    throw challenge('UNAUTHENTICATED', 'the ledger knows no device with the certificate’s name and key');
  if (device.status !== 'active')
    throw new BiotError('DEVICE_NOT_ACTIVE', `device ${device.id} is ${device.status}`);
  return device;
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
