import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Channel } from '../../network/home/organisations.ts';
import type { CommandLedger } from '../../network/ledger/commands.ts';
import type { ClaimLedger, VoucherLedger } from '../../network/ledger/onboarding.ts';
import type { FirmwareLedger } from '../../network/ledger/firmware.ts';
import type { RolloutLedger } from '../../network/ledger/rollouts.ts';
import type { PolicyLedger } from '../../network/ledger/policies.ts';
import type { RegistryLedger } from '../../network/ledger/registry.ts';
import type { TypeLedger } from '../../network/ledger/types.ts';
import type { Clock } from '../clock.ts';

/** A member's hand on the ledger while the session lives: what it changes is signed with the member's own key. */
export interface MemberLedger {
  registry: RegistryLedger;
  types: TypeLedger;
  /** Each channel has its own rules. */
  policies: Readonly<Record<Channel, PolicyLedger>>;
  claims: ClaimLedger;
  vouchers: VoucherLedger;
  commands: CommandLedger;
  firmware: FirmwareLedger;
  rollouts: RolloutLedger;
  /** PEM: whom it acts for. */
  certificate: string;
  close(): void;
}

export interface Session {
  readonly id: string;
  readonly member: Subject;
  readonly registry: RegistryLedger;
  readonly types: TypeLedger;
  readonly policies: MemberLedger['policies'];
  readonly claims: ClaimLedger;
  readonly vouchers: VoucherLedger;
  readonly commands: CommandLedger;
  readonly firmware: FirmwareLedger;
  readonly rollouts: RolloutLedger;
}

interface OpenSession extends Session {
  readonly ledger: MemberLedger;
  /** Finds the session by its refresh token. Never leaves the gateway otherwise. */
  readonly family: string;
  readonly endsAt: number;
  secretHash: Buffer;
  usedAt: number;
}

export interface SessionLimits {
  /** Milliseconds without any request after which a session ends. */
  idleMs: number;
  /** Milliseconds after which a session ends, whatever happens. */
  absoluteMs: number;
  perMember: number;
  total: number;
}

export const SESSION_LIMITS: SessionLimits = {
  idleMs: 60 * 60_000,
  absoluteMs: 12 * 60 * 60_000,
  perMember: 20,
  total: 2_000,
};

const SECRET_BYTES = 32;
const FAMILY_BYTES = 16;

/**
 * Sessions live in memory alone, because each holds a member's opened key: a restart of the gateway ends them all.
 *
 * A refresh token is `family.secret`. It is good once: refreshing replaces the secret, and only its hash is kept.
 * A family that comes with an old secret means that two parties hold the token, so the session ends for both
 * (RFC 9700 section 4.14.2).
 */
export class Sessions {
  readonly #limits: SessionLimits;
  readonly #clock: Clock;
  readonly #byId = new Map<string, OpenSession>();
  readonly #byFamily = new Map<string, OpenSession>();
  readonly #listeners = new Set<(sessionId: string) => void>();

  constructor(clock: Clock, limits: SessionLimits = SESSION_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** When the bounds are reached, the session that was unused for longest makes room. */
  open(member: Subject, ledger: MemberLedger): { session: Session; refreshToken: string } {
    this.sweep();
    const own = [...this.#byId.values()].filter((session) => session.member.name === member.name);
    if (own.length >= this.#limits.perMember) this.#endOldest(own);
    if (this.#byId.size >= this.#limits.total) this.#endOldest([...this.#byId.values()]);
    const now = this.#clock();
    const session: OpenSession = {
      id: randomUUID(),
      member,
      ledger,
      registry: ledger.registry,
      types: ledger.types,
      policies: ledger.policies,
      claims: ledger.claims,
      vouchers: ledger.vouchers,
      commands: ledger.commands,
      firmware: ledger.firmware,
      rollouts: ledger.rollouts,
      family: randomBytes(FAMILY_BYTES).toString('base64url'),
      endsAt: now + this.#limits.absoluteMs,
      secretHash: Buffer.alloc(0),
      usedAt: now,
    };
    this.#byId.set(session.id, session);
    this.#byFamily.set(session.family, session);
    return { session, refreshToken: rotate(session) };
  }

  /** The session, if it lives; its idle time begins anew. */
  use(id: string): Session | undefined {
    const session = this.#byId.get(id);
    if (session === undefined || this.#endIfOver(session)) return undefined;
    session.usedAt = this.#clock();
    return session;
  }

  /** @throws BiotError TOKEN_INVALID for a token that was never issued or was used before, TOKEN_EXPIRED after the end */
  refresh(refreshToken: string): { session: Session; refreshToken: string } {
    const session = this.#find(refreshToken);
    if (this.#endIfOver(session))
      throw new BiotError('TOKEN_EXPIRED', 'the session has ended: sign in again');
    session.usedAt = this.#clock();
    return { session, refreshToken: rotate(session) };
  }

  /**
   * Ends the session of a refresh token; a token of none is nothing to complain about.
   *
   * @returns whose it was
   */
  endByToken(refreshToken: string): Subject | undefined {
    const [family = ''] = refreshToken.split('.');
    const session = this.#byFamily.get(family);
    if (session === undefined || !holds(session, refreshToken)) return undefined;
    this.end(session.id);
    return session.member;
  }

  /**
   * Ends the sessions of members who are none any more, or whose certificate was replaced.
   *
   * @param certificates as they are now, by the members' names
   */
  endReplaced(certificates: ReadonlyMap<string, string>): void {
    for (const { id, member, ledger } of [...this.#byId.values()])
      if (certificates.get(member.name) !== ledger.certificate) this.end(id);
  }

  /** Ends all of a member's sessions but this one. */
  endOthers({ id, member: { name } }: Session): void {
    for (const other of [...this.#byId.values()])
      if (other.member.name === name && other.id !== id) this.end(other.id);
  }

  end(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    this.#byId.delete(id);
    this.#byFamily.delete(session.family);
    session.ledger.close();
    for (const listener of this.#listeners) listener(id);
  }

  /** Told the id of each session that ends. Returns what ends the telling. */
  onEnd(listener: (sessionId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what is over: opened keys do not wait in memory for a request that never comes. */
  sweep(): void {
    for (const session of this.#byId.values()) this.#endIfOver(session);
  }

  endAll(): void {
    for (const id of this.#byId.keys()) this.end(id);
  }

  #find(refreshToken: string): OpenSession {
    const [family = ''] = refreshToken.split('.');
    const session = this.#byFamily.get(family);
    if (session === undefined)
      throw new BiotError('TOKEN_INVALID', 'not a refresh token of a living session');
    if (holds(session, refreshToken)) return session;
    this.end(session.id);
    throw new BiotError('TOKEN_INVALID', 'this refresh token was used before: the session is ended');
  }

  #endIfOver(session: OpenSession): boolean {
    const now = this.#clock();
    const over = now >= session.endsAt || now >= session.usedAt + this.#limits.idleMs;
    if (over) this.end(session.id);
    return over;
  }

  #endOldest(sessions: readonly OpenSession[]): void {
    const oldest = sessions.reduce((left, right) => (right.usedAt < left.usedAt ? right : left));
    this.end(oldest.id);
  }
}

function rotate(session: OpenSession): string {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  session.secretHash = hashOf(secret);
  return `${session.family}.${secret}`;
}

function holds(session: OpenSession, refreshToken: string): boolean {
  return timingSafeEqual(session.secretHash, hashOf(refreshToken.slice(session.family.length + 1)));
}

/** 256 random bits need no slow hash. */
function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
