import { organisationName } from '../chaincode/protocol/identifiers.ts';
import type { Subject } from '../chaincode/protocol/policy/request.ts';
import { serves, servesAll, type Tenants } from '../chaincode/protocol/tenants.ts';
import { MEMBERS, ORGANISATIONS } from '../network/home/organisations.ts';
import type { AnchorLedger } from '../network/ledger/anchors.ts';
import type { ListedMember } from '../sql/queries/members.ts';
import { certifiedSubject, type Validity, validityOf } from './auth/member-certificate.ts';
import type { Clock } from './clock.ts';
import type { Organisations } from './organisations.ts';

export interface MemberDirectoryOptions {
  people: () => Promise<ListedMember[]>;
  /** Certificates that were made here, also for keys that are elsewhere; several of one member perhaps. */
  issued: () => ListedMember[];
  organisations: Pick<Organisations, 'authorities'>;
  anchors: Pick<AnchorLedger, 'logs'>;
  clock: Clock;
}

export interface MemberEntry {
  readonly subject: Subject;
  /** Of the certificate; null for those of whom the gateway has none. */
  readonly validity: Validity | null;
  /** Whoever is not can do nothing, whatever the rules are. */
  readonly current: boolean;
  /** Who does not acts with a key that the gateway never has. */
  readonly signsIn: boolean;
}

/** Whom the gateway knows of: people who sign in here, whom certificates were made for here, and the writers of logs. */
export class MemberDirectory {
  readonly #options: MemberDirectoryOptions;

  constructor(options: MemberDirectoryOptions) {
    this.#options = options;
  }

  /**
   * Those whom the rules can allow anything, the platform's services among them, in the order of their names.
   *
   * @param asker as with `entries`
   * @throws BiotError DATABASE_UNAVAILABLE or LEDGER_*
   */
  async members(asker: Tenants): Promise<Subject[]> {
    const entries = await this.entries(asker);
    const known = new Set(entries.map(({ subject }) => subject.name));
    const current = entries.filter((entry) => entry.current).map(({ subject }) => subject);
    return [...current, ...SERVICES.filter(({ name }) => !known.has(name))].sort(byName);
  }

  /**
   * Everyone, in the order of their names, those with an expired certificate included. People are what their
   * certificates say: who can write the database could otherwise hide a member's rights from those who are to judge a
   * change of them.
   *
   * @param asker who is told of nobody who serves other tenants alone, and of nobody's other tenants
   * @throws BiotError DATABASE_UNAVAILABLE or LEDGER_*
   */
  async entries(asker: Tenants): Promise<MemberEntry[]> {
    const { people, issued, anchors, organisations } = this.#options;
    const [rows, logs] = await Promise.all([people(), anchors.logs()]);
    const found = new Map<string, MemberEntry>();
    for (const { logId } of logs) {
      const org = organisations.authorities.find(({ mspId }) =>
        logId.endsWith(`@${organisationName(mspId)}`),
      )?.mspId;
      if (org === undefined) continue;
      const subject: Subject = { name: logId, org, role: 'ingest', tenants: '*' };
      found.set(logId, { subject, validity: null, current: true, signsIn: false });
    }
    // What the ledger still takes counts: the latest of a member, and before all what somebody signs in with.
    const elsewhere = issued().flatMap((member) => this.#certified(member, false));
    const present = elsewhere.filter(({ current }) => current).sort(byBegin);
    for (const entry of [...present, ...rows.flatMap((row) => this.#certified(row, true))])
      found.set(entry.subject.name, entry);
    const visible = [...found.values()].flatMap((entry) => asSeenBy(asker, entry));
    return visible.sort((left, right) => byName(left.subject, right.subject));
  }

  /** Who has no certificate of our authorities is nobody, whatever the row says. */
  #certified(row: ListedMember, signsIn: boolean): MemberEntry[] {
    const { clock, organisations } = this.#options;
    try {
      const validity = validityOf(row);
      const current = validity.notBefore <= clock() && clock() < validity.notAfter;
      // One that has expired is judged as of its first day: whose it was stays certain.
      const subject = certifiedSubject(
        row,
        organisations.authorities,
        current ? clock() : validity.notBefore,
      );
      return [{ subject, validity, current, signsIn }];
    } catch {
      return [];
    }
  }
}

function byBegin(left: MemberEntry, right: MemberEntry): number {
  return (left.validity?.notBefore ?? 0) - (right.validity?.notBefore ?? 0);
}

/** Of no database: the whole platform stands still when they lose a right, and no log may tell of them. */
const SERVICES: readonly Subject[] = MEMBERS.filter(({ kind }) => kind === 'service').map(
  ({ name, organisation, role, tenants }) => ({
    name,
    org: ORGANISATIONS[organisation].mspId,
    role,
    tenants,
  }),
);

function byName(left: Subject, right: Subject): number {
  return left.name < right.name ? -1 : 1;
}

function asSeenBy(asker: Tenants, entry: MemberEntry): MemberEntry[] {
  const { subject } = entry;
  const { tenants } = subject;
  if (servesAll(asker) || servesAll(tenants)) return [entry];
  const shared = tenants.filter((tenant) => serves(asker, tenant));
  return shared.length === 0 ? [] : [{ ...entry, subject: { ...subject, tenants: shared } }];
}
