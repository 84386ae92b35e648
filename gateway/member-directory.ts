import { organisationName } from '../chaincode/protocol/identifiers.ts';
import type { Subject } from '../chaincode/protocol/policy/request.ts';
import { allOrganisations } from '../network/home/organisations.ts';
import type { AnchorLedger } from '../network/ledger/anchors.ts';
import type { ListedMember } from '../sql/queries/members.ts';
import { certifiedSubject, type MemberAuthority } from './auth/member-certificate.ts';
import type { Clock } from './clock.ts';

export interface MemberDirectoryOptions {
  people: () => Promise<ListedMember[]>;
  authorities: readonly MemberAuthority[];
  anchors: Pick<AnchorLedger, 'logs'>;
  clock: Clock;
}

/** Whom the gateway knows of: people who sign in here, and the ingest workers that write logs. */
export class MemberDirectory {
  readonly #options: MemberDirectoryOptions;

  constructor(options: MemberDirectoryOptions) {
    this.#options = options;
  }

  /**
   * In the order of their names. People are what their certificates say: who can write the database could otherwise
   * hide a member's rights from those who are to judge a change of them.
   *
   * @throws BiotError DATABASE_UNAVAILABLE or LEDGER_*
   */
  async members(): Promise<Subject[]> {
    const { people, anchors } = this.#options;
    const [rows, logs] = await Promise.all([people(), anchors.logs()]);
    const found = new Map<string, Subject>();
    for (const { logId } of logs) {
      const org = mspIdOf(logId);
      if (org !== undefined) found.set(logId, { name: logId, org, role: 'ingest' });
    }
    for (const row of rows) {
      const subject = this.#certified(row);
      if (subject !== undefined) found.set(subject.name, subject);
    }
    return [...found.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Who has no valid certificate can do nothing, whatever the rules are. */
  #certified(row: ListedMember): Subject | undefined {
    const { authorities, clock } = this.#options;
    try {
      return certifiedSubject(row, authorities, clock());
    } catch {
      return undefined;
    }
  }
}

function mspIdOf(name: string): string | undefined {
  return allOrganisations().find(({ mspId }) => name.endsWith(`@${organisationName(mspId)}`))?.mspId;
}
