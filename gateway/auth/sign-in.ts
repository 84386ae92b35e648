import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { StoredMember } from '../../sql/queries/members.ts';
import type { Clock } from '../clock.ts';
import type { Organisations } from '../organisations.ts';
import { subjectOf } from './member-certificate.ts';
import { hashPassword, matchesPassword } from './passwords.ts';
import { invalidField } from '../http/validation.ts';
import type { PasswordReplacement } from '../../sql/writers/members.ts';
import { weaknessOf } from './new-password.ts';
import { openKey, sealKey } from './sealed-key.ts';
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
  /** @returns whether the row still had the key that is sealed with the former password */
  replacePassword: (replacement: PasswordReplacement) => Promise<boolean>;
  organisations: Pick<Organisations, 'authorities'>;
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

export interface PasswordChange {
  current: string;
  next: string;
  address: string;
}

/** A member whose password was right, and what it opens. */
interface Proven {
  readonly stored: StoredMember;
  /** PEM */
  readonly privateKey: string;
}

/** Turns a name and a password into a session that holds the member's opened key; and a password into another. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #decoy: Promise<string>;
  /** How many passwords were changed. */
  #changes = 0;

  constructor(options: SignInOptions) {
    this.#options = options;
    // An unknown name costs as much time as a wrong password, so the time does not tell which names there are.
    this.#decoy = hashPassword(randomBytes(32).toString('base64url'));
  }

  /** @throws BiotError RATE_LIMITED, UNAUTHENTICATED, FORBIDDEN, DATABASE_UNAVAILABLE, STORE_CORRUPT */
  async signIn({ name, password, address }: Attempt): Promise<{ session: Session; refreshToken: string }> {
    const { limits, sessions, connect } = this.#options;
    await limits.attempt(name, address);
    const proven = await this.#proveLastingly(name, password);
    if (proven === undefined)
      throw new BiotError('UNAUTHENTICATED', 'there is no such name, or its password is another');
    const credentials = this.#credentialsOf(proven);
    const opened = sessions.open(credentials.subject, connect(credentials));
    await limits.succeeded(name, address);
    return opened;
  }

  /**
   * Hash and sealed key become those of the next password together. The member's other sessions end: somebody who
   * knew the former password may have opened them.
   *
   * @throws BiotError INVALID_ARGUMENT that names the field, RATE_LIMITED, DATABASE_UNAVAILABLE, STORE_CORRUPT
   */
  async changePassword(session: Session, { current, next, address }: PasswordChange): Promise<void> {
    const { limits } = this.#options;
    const { name } = session.member;
    const weakness = weaknessOf(next, { name, current });
    if (weakness !== undefined) throw invalidField('next', weakness);
    await limits.attempt(name, address);
    const proven = await this.#prove(name, current);
    if (proven === undefined || !(await this.#replace(session, await resealed(proven, next))))
      throw invalidField('current', 'this is not your password');
    await limits.succeeded(name, address);
  }

  /** The others end also when no answer comes from the database, which may have replaced it all the same. */
  async #replace(session: Session, replacement: PasswordReplacement): Promise<boolean> {
    const { replacePassword, sessions } = this.#options;
    try {
      return await replacePassword(replacement);
    } finally {
      this.#changes += 1;
      sessions.endOthers(session);
    }
  }

  /** A password that is changed while it is looked at opens no session that would come after the others' end. */
  async #proveLastingly(name: string, password: string): Promise<Proven | undefined> {
    const changes = this.#changes;
    const proven = await this.#prove(name, password);
    return changes === this.#changes ? proven : this.#proveLastingly(name, password);
  }

  /** Undefined when there is no such name, or its password is another. */
  async #prove(name: string, password: string): Promise<Proven | undefined> {
    const stored = await this.#options.member(name);
    const matches = await matchesPassword(stored?.passwordHash ?? (await this.#decoy), password);
    if (stored === undefined || !matches) return undefined;
    return { stored, privateKey: await openKey(name, stored.sealedKey, password) };
  }

  #credentialsOf({ stored: { name, certificate }, privateKey }: Proven): MemberCredentials {
    const { organisations, clock } = this.#options;
    const subject = subjectOf({ name, certificate, privateKey }, organisations.authorities, clock());
    return { subject, certificate, privateKey };
  }
}

async function resealed({ stored, privateKey }: Proven, next: string): Promise<PasswordReplacement> {
  const { name, sealedKey: former } = stored;
  const sealedKey = await sealKey(name, privateKey, next);
  return { name, former, passwordHash: await hashPassword(next), sealedKey };
}
