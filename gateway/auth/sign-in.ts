import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { StoredMember } from '../../sql/queries/members.ts';
import type { Clock } from '../clock.ts';
import { type MemberAuthority, subjectOf } from './member-certificate.ts';
import { hashPassword, matchesPassword } from './passwords.ts';
import { openKey } from './sealed-key.ts';
import type { MemberLedger, Session, Sessions } from './sessions.ts';
import type { SignInLimits } from './sign-in-limits.ts';

/** What a member signs with. */
export interface MemberCredentials {
  subject: Subject;
  /** PEM */
  certificate: string;
  /** PEM */
  privateKey: string;
}

export interface SignInOptions {
  member: (name: string) => Promise<StoredMember | undefined>;
  authorities: readonly MemberAuthority[];
  limits: SignInLimits;
  sessions: Sessions;
  /** Gives the member a hand on the ledger. */
  connect: (credentials: MemberCredentials) => MemberLedger;
  clock: Clock;
}

export interface Attempt {
  name: string;
  password: string;
  address: string;
}

/** Turns a name and a password into a session that holds the member's opened key. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #decoy: Promise<string>;

  constructor(options: SignInOptions) {
    this.#options = options;
    // An unknown name costs as much time as a wrong password, so the time does not tell which names there are.
    this.#decoy = hashPassword(randomBytes(32).toString('base64url'));
  }

  /** @throws BiotError RATE_LIMITED, UNAUTHENTICATED, DATABASE_UNAVAILABLE, STORE_CORRUPT */
  async signIn({ name, password, address }: Attempt): Promise<{ session: Session; refreshToken: string }> {
    const { limits, member, sessions, connect } = this.#options;
    await limits.attempt(name, address);
    const stored = await member(name);
    const matches = await matchesPassword(stored?.passwordHash ?? (await this.#decoy), password);
    if (stored === undefined || !matches) {
      throw new BiotError('UNAUTHENTICATED', 'there is no such name, or its password is another');
    }
    const credentials = await this.#open(stored, password);
    await limits.succeeded(name, address);
    return sessions.open(credentials.subject, connect(credentials));
  }

  async #open({ name, certificate, sealedKey }: StoredMember, password: string): Promise<MemberCredentials> {
    const { authorities, clock } = this.#options;
    const privateKey = await openKey(name, sealedKey, password);
    return {
      subject: subjectOf({ name, certificate, privateKey }, authorities, clock()),
      certificate,
      privateKey,
    };
  }
}
