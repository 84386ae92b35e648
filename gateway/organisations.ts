import type { MemberAuthority } from './auth/member-certificate.ts';
import { Refusal } from './http/problem.ts';
import { invalidField } from './http/validation.ts';

/**
 * The organisations of the consortium, as the gateway knows them: those whose members it believes. A contract cannot
 * ask who is in its channel: that is in the channel's configuration, which peers tell to clients alone (`cscc` and
 * `qscc` reject "invoke … from another chaincode", fabric/core/scc).
 */
export class Organisations {
  #authorities: readonly MemberAuthority[];

  constructor(authorities: readonly MemberAuthority[]) {
    this.#authorities = authorities;
  }

  get authorities(): readonly MemberAuthority[] {
    return this.#authorities;
  }

  /** Organisations come and go, and take certificates of their members back. */
  learn(authorities: readonly MemberAuthority[]): void {
    this.#authorities = authorities;
  }

  /**
   * What is offered to nobody could be accepted by nobody.
   *
   * @param to an MSP id
   * @throws Refusal INVALID_ARGUMENT
   */
  require(to: string): void {
    if (!this.#isKnown(to)) throw new Refusal('INVALID_ARGUMENT', `to: ${this.#lack(to)}`);
  }

  /** The same for a body's field `to`, if it has one, at which the refusal is. */
  requireField({ to }: { readonly to?: string | undefined }): void {
    if (to !== undefined && !this.#isKnown(to)) throw invalidField('to', this.#lack(to));
  }

  #isKnown(organisation: string): boolean {
    return this.#authorities.some(({ mspId }) => mspId === organisation);
  }

  #lack(to: string): string {
    const known = this.#authorities.map(({ mspId }) => mspId);
    return `the consortium has no organisation ${to}, but ${known.join(', ')}`;
  }
}
