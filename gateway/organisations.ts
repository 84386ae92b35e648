import type { MemberAuthority } from './auth/member-certificate.ts';
import { Refusal } from './http/problem.ts';
import { invalidField } from './http/validation.ts';

/**
 * The organisations of the consortium, as the gateway knows them: those whose members it believes. A contract cannot
 * ask who is in its channel: that is in the channel's configuration, which peers tell to clients alone (`cscc` and
 * `qscc` reject "invoke … from another chaincode", fabric/core/scc).
 */
export class Organisations {
  readonly #known: readonly string[];

  constructor(authorities: readonly MemberAuthority[]) {
    this.#known = authorities.map(({ mspId }) => mspId);
  }

  /**
   * What is offered to nobody could be accepted by nobody.
   *
   * @param to an MSP id
   * @throws Refusal INVALID_ARGUMENT
   */
  require(to: string): void {
    if (!this.#known.includes(to)) throw new Refusal('INVALID_ARGUMENT', `to: ${this.#lack(to)}`);
  }

  /** The same for a body's field `to`, if it has one, at which the refusal is. */
  requireField({ to }: { readonly to?: string | undefined }): void {
    if (to !== undefined && !this.#known.includes(to)) throw invalidField('to', this.#lack(to));
  }

  #lack(to: string): string {
    return `the consortium has no organisation ${to}, but ${this.#known.join(', ')}`;
  }
}
