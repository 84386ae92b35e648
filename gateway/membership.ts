/** Keeps the gateway up with who is a member of the consortium. */
import type { Subject } from '../chaincode/protocol/policy/request.ts';
import { serves, servesAll, type Tenants } from '../chaincode/protocol/tenants.ts';
import type { RevokedCertificates } from '../network/ledger/client.ts';
import type { ListedMember } from '../sql/queries/members.ts';
import { certifiedSubject, type MemberAuthority } from './auth/member-certificate.ts';
import type { Parts } from './parts.ts';

/** How long somebody who is no member any more may go on. */
const EVERY_MS = 10_000;

interface Membership {
  /** The organisations' authorities as the installation has them now. */
  readonly authorities: () => readonly MemberAuthority[];
  /** What the channel's configuration says. */
  readonly revoked: () => Promise<RevokedCertificates>;
  readonly parts: Pick<Parts, 'clock' | 'log' | 'notifications' | 'organisations' | 'sessions' | 'store'>;
}

/** @returns what ends it */
export function followMembership(membership: Membership): () => void {
  const asking = setInterval(() => void refreshMembership(membership), EVERY_MS);
  void refreshMembership(membership);
  return () => {
    clearInterval(asking);
  };
}

/** Ends the sessions of those who are none. What cannot be asked stays as it was: an outage ends nobody's session. */
export async function refreshMembership({ authorities, revoked, parts }: Membership): Promise<void> {
  const { log, organisations } = parts;
  try {
    const lists = await revoked();
    organisations.learn(authorities().map((known) => ({ ...known, revoked: lists.get(known.mspId) })));
  } catch (error) {
    log.warn({ err: error }, 'cannot see whose certificates were revoked');
  }
  try {
    await endOthers(parts);
    await endBrowsers(parts);
  } catch (error) {
    log.warn({ err: error }, 'cannot see who is still a member');
  }
}

async function endOthers({ clock, organisations, sessions, store }: Membership['parts']): Promise<void> {
  if (sessions.size === 0) return;
  const members = (await store.members()).filter((member) => isMember(member, organisations, clock()));
  sessions.endReplaced(new Map(members.map(({ name, certificate }) => [name, certificate])));
}

/** A browser is told nothing any more when its member is none, or serves other tenants than when it subscribed. */
async function endBrowsers({
  clock,
  notifications,
  organisations,
  store,
}: Membership['parts']): Promise<void> {
  const browsers = (await notifications.channels()).flatMap(({ id, destination }) =>
    destination.kind === 'web-push' ? [{ id, ...destination }] : [],
  );
  if (browsers.length === 0) return;
  const members = new Map((await store.members()).map((member) => [member.name, member]));
  for (const { id, member: name, tenants } of browsers) {
    const member = members.get(name);
    const subject = member && subjectOf(member, organisations, clock());
    if (subject === undefined || !servesEach(subject.tenants, tenants)) await notifications.remove(id);
  }
}

function servesEach(served: Tenants, tenants: Tenants): boolean {
  return servesAll(tenants) ? servesAll(served) : tenants.every((tenant) => serves(served, tenant));
}

function isMember(...[member, organisations, now]: Parameters<typeof subjectOf>): boolean {
  return subjectOf(member, organisations, now) !== undefined;
}

function subjectOf(
  member: ListedMember,
  { authorities }: Pick<Parts['organisations'], 'authorities'>,
  now: number,
): Subject | undefined {
  try {
    return certifiedSubject(member, authorities, now);
  } catch {
    return undefined;
  }
}
