import { type Requirement, requirementsOf } from './matching.ts';
import type { Decision, Request } from './request.ts';
import type { Rule } from './rule.ts';

/** A rule made ready to be asked often. */
export class ReadyRule {
  readonly rule: Rule;
  /** Its place among all rules: of those that match, the first decides. */
  readonly rank: number;
  readonly decision: Decision;
  readonly #requirements: readonly Requirement[];

  constructor(rule: Rule, rank: number) {
    const { id, effect } = rule;
    const allowed = effect === 'allow';
    this.rule = rule;
    this.rank = rank;
    this.decision = Object.freeze({
      allowed,
      rule: id,
      reason: `rule ${id} ${allowed ? 'allows' : 'denies'} it`,
    });
    this.#requirements = requirementsOf(rule);
  }

  /** Whether it matches a request for one of its actions. */
  matches(request: Request): boolean {
    for (const requirement of this.#requirements) if (!requirement.holds(request)) return false;
    return true;
  }

  /** What keeps it from matching first; undefined when it matches. */
  obstacle(request: Request): string | undefined {
    return this.#requirements.find(({ holds }) => !holds(request))?.obstacle(request);
  }
}
