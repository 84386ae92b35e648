import type { MemberAuthority } from './auth/member-certificate.ts';
import { Refusal } from './http/problem.ts';

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
   * @param pointer to the body's field that has it, if one does
   * @throws Refusal INVALID_ARGUMENT at that field
   */
  require(to: string, pointer?: string): void {
    if (this.#known.includes(to)) return;
    const detail = `the consortium has no organisation ${to}, but ${this.#known.join(', ')}`;
    const errors = pointer === undefined ? {} : { errors: [{ in: 'body' as const, pointer, detail }] };
    throw new Refusal('INVALID_ARGUMENT', `to: ${detail}`, errors);
  }
}
