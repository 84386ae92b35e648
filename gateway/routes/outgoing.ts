/** What leads outside, a stream or a channel of notifications: people put it for one tenant or for all, and it may have a secret. */
import { randomUUID } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { newSecret } from '../../network/notifications/secrets.ts';
import type { Person } from '../http/access.ts';
import { requireSaid, requireSeen, type Seen } from '../http/if-match.ts';
import type { Parts } from '../parts.ts';
import type { Judge } from '../policy/judge.ts';
import { allowsOn, requireOn } from './of-tenant.ts';

/** As people define it. */
export interface Defined {
  readonly tenant: string | null;
  readonly destination: { readonly kind: string };
}

/** As the database has it. */
export interface Outgoing extends Defined {
  readonly id: string;
  readonly version: number;
  readonly sealedSecret: Uint8Array | null;
}

/** What comes with each version. */
interface Authorship {
  readonly id: string;
  readonly version: number;
  readonly author: string;
  readonly updatedAt: number;
}

interface Store<Stored, Definition> {
  all(): Promise<Stored[]>;
  /** @throws BiotError VERSION_CONFLICT, when another was quicker, or DATABASE_UNAVAILABLE */
  put(version: Definition & Authorship, sealedSecret: Uint8Array | null): Promise<void>;
  remove(id: string): Promise<void>;
  seal(id: string, secret: string): Uint8Array;
}

/** A kind of these, with the store that has them. */
export interface OutgoingKind<Stored extends Outgoing, Definition extends Defined, View> {
  readonly noun: 'stream' | 'channel';
  readonly read: Action;
  readonly put: Action;
  /** Of one tenant, or of none. */
  readonly most: number;
  store(parts: Parts): Store<Stored, Definition>;
  definition(stored: Stored): Definition;
  view(stored: Stored, judge: Judge): View;
}

export type Asker = Pick<Person, 'session' | 'judge'> & { readonly parts: Parts };
type Judged = Pick<Asker, 'judge' | 'parts'>;

function noSuch(noun: string, id: string): BiotError {
  return new BiotError('NOT_FOUND', `there is no ${noun} ${id}`);
}

/** Those that the asker may see. */
export async function listed<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  { judge, parts }: Judged,
): Promise<View[]> {
  const all = await kind.store(parts).all();
  return all.filter((each) => allowsOn(judge, kind.read, each)).map((each) => kind.view(each, judge));
}

/** @throws BiotError NOT_FOUND also for one that the asker may not see; FORBIDDEN, LEDGER_STALE or DATABASE_UNAVAILABLE */
export async function found<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  id: string,
  { judge, parts, action = kind.put }: Judged & { action?: Action },
): Promise<Stored> {
  const one = (await kind.store(parts).all()).find((each) => each.id === id);
  if (one === undefined || !allowsOn(judge, kind.read, one)) throw noSuch(kind.noun, id);
  requireOn(judge, action, one);
  return one;
}

interface Change<Definition> {
  readonly id: string;
  readonly version: number;
  readonly definition: Definition;
  readonly sealedSecret: Uint8Array | null;
}

async function put<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  { id, version, definition, sealedSecret }: Change<Definition>,
  { session, judge, parts }: Asker,
): Promise<View> {
  const store = kind.store(parts);
  const authorship = { id, version, author: session.member.name, updatedAt: parts.clock() };
  await store.put({ ...definition, ...authorship }, sealedSecret);
  const stored = (await store.all()).find((each) => each.id === id);
  if (stored === undefined) throw noSuch(kind.noun, id);
  return kind.view(stored, judge);
}

/**
 * The caller has to be allowed to put it.
 *
 * @param password what is sealed for one that is no webhook; webhooks get a secret
 * @throws BiotError INVALID_ARGUMENT when the tenant has too many, or DATABASE_UNAVAILABLE
 */
export async function added<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  { definition, password }: { definition: Definition; password?: string | undefined },
  asker: Asker,
): Promise<{ view: View; secret: string | null }> {
  const store = kind.store(asker.parts);
  const others = (await store.all()).filter(({ tenant }) => tenant === definition.tenant);
  if (others.length >= kind.most)
    throw new BiotError('INVALID_ARGUMENT', `a tenant has at most ${kind.most} ${kind.noun}s`);
  const id = randomUUID();
  const secret = definition.destination.kind === 'webhook' ? newSecret() : null;
  const sealed = secret ?? password;
  const sealedSecret = sealed === undefined ? null : store.seal(id, sealed);
  return { view: await put(kind, { id, version: 1, definition, sealedSecret }, asker), secret };
}

interface NextVersion<Stored extends Outgoing, Definition> {
  readonly definition: Definition;
  readonly seen: Seen;
  /** Sealed; as it was unless stated. */
  readonly secretAfter?: (before: Stored) => Uint8Array | null;
}

/**
 * Who has seen an older version is refused: what others changed since, also that it is switched off, would be undone unseen.
 *
 * @throws BiotError VERSION_CONFLICT, INVALID_ARGUMENT or DATABASE_UNAVAILABLE
 */
export async function changed<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  before: Stored,
  { definition, seen, secretAfter = ({ sealedSecret }) => sealedSecret }: NextVersion<Stored, Definition>,
  asker: Asker,
): Promise<View> {
  const { noun } = kind;
  const { id, version } = before;
  requireSaid(seen);
  requireSeen(before, seen, conflict(noun, version));
  if (before.destination.kind !== definition.destination.kind)
    throw new BiotError('INVALID_ARGUMENT', `destination: a ${noun} stays of its kind`);
  // What waits for it, and what was given up on, would go along: to readers of the other tenant.
  if (before.tenant !== definition.tenant)
    throw new BiotError('INVALID_ARGUMENT', `tenant: a ${noun} stays of its tenant`);
  const sealedSecret = secretAfter(before);
  return put(kind, { id, version: version + 1, definition, sealedSecret }, asker);
}

function conflict(noun: string, version: number): string {
  return `the ${noun} is at version ${version} now: look at what was changed, and send that version with your change`;
}

/** @throws BiotError INVALID_ARGUMENT, VERSION_CONFLICT or DATABASE_UNAVAILABLE */
export async function renewed<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  before: Stored,
  seen: Seen,
  asker: Asker,
): Promise<{ secret: string }> {
  if (before.destination.kind !== 'webhook')
    throw new BiotError('INVALID_ARGUMENT', 'only webhooks are signed with a secret');
  const { id, version } = before;
  requireSeen(before, seen, conflict(kind.noun, version));
  const secret = newSecret();
  const sealedSecret = kind.store(asker.parts).seal(id, secret);
  await put(kind, { id, version: version + 1, definition: kind.definition(before), sealedSecret }, asker);
  return { secret };
}
