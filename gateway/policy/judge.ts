import { unknownDevice } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Decision, Request, Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import { OTHER_TENANT } from '../../chaincode/protocol/policy/tenancy.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import type { Clock } from '../clock.ts';
import type { Policy } from './policy.ts';

/**
 * What a judgement rests on while the ledger is silent:
 * - `nothing`: it is refused with LEDGER_STALE.
 * - `last-known`: the rules that were last heard of. For reading what is stored: an outage of the ledger is not to
 *   become one of everything, and who may read that had the right until the ledger fell silent.
 * - `contract`: it is not ours. What is asked goes to the ledger with the member's own key, and is judged there.
 */
export type SilentBasis = 'nothing' | 'last-known' | 'contract';

export interface JudgeOptions {
  policy: Policy;
  clock: Clock;
  subject: Subject;
  /** IP address that the subject asks from. */
  address: string;
  whenSilent: SilentBasis;
}

/**
 * Decides for one member, from where that member asks, by the ledger's rules. A courtesy where a contract is asked
 * afterwards, whose word is final; the only judgement on what the gateway itself has.
 */
export class Judge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    // A zone names an interface of this machine (RFC 4007): it is no part of the address that a rule knows.
    this.#options = { ...options, address: options.address.replace(/%.*$/, '') };
  }

  get subject(): Subject {
    return this.#options.subject;
  }

  /** Whose rows the subject may see. */
  get tenants(): Tenants {
    return this.#options.subject.tenants;
  }

  /** @throws BiotError LEDGER_STALE */
  decide(action: Action, resource: Resource): Decision {
    const { policy, clock, subject, address, whenSilent } = this.#options;
    const request: Request = { subject, action, resource, circumstances: { instant: clock(), address } };
    if (whenSilent === 'nothing') return policy.decide(request);
    return this.#contractJudges ? LEFT_TO_CONTRACT : policy.decideAsLastKnown(request);
  }

  /** @throws BiotError LEDGER_STALE */
  allows(action: Action, resource: Resource): boolean {
    return this.decide(action, resource).allowed;
  }

  /**
   * A device of another tenant is answered for as one that nobody registered. Where a contract is asked afterwards it
   * gives that answer, so that not even the time that it takes tells the two apart.
   *
   * @throws BiotError FORBIDDEN with the reason, DEVICE_UNKNOWN or LEDGER_STALE
   */
  require(action: Action, resource: Resource): void {
    const decision = this.decide(action, resource);
    if (decision === OTHER_TENANT) {
      if (this.#options.whenSilent === 'contract') return;
      if (resource.device !== undefined) throw unknownDevice(resource.device);
    }
    refuse(decision);
  }

  /** Refuses those to whom no rule allows the action on anything. @throws BiotError FORBIDDEN or LEDGER_STALE */
  requireForAnything(action: Action): void {
    const { policy, subject, whenSilent } = this.#options;
    if (whenSilent === 'nothing') policy.requireFresh();
    if (!this.#contractJudges) refuse(policy.decideForAnything(subject, action));
  }

  get #contractJudges(): boolean {
    return this.#options.whenSilent === 'contract' && !this.#options.policy.fresh;
  }
}

const LEFT_TO_CONTRACT: Decision = { allowed: true, rule: null, reason: 'the contract judges' };

function refuse({ allowed, reason }: Decision): void {
  if (!allowed) throw new BiotError('FORBIDDEN', reason);
}
