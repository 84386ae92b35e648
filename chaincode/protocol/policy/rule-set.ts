import type { Action } from './actions.ts';
import { ReadyRule } from './ready-rule.ts';
import type { Decision, Request } from './request.ts';
import { byId, type Rule } from './rule.ts';
import { RuleIndex } from './rule-index.ts';
import { tenantBarrier } from './tenancy.ts';

/** Deny wins; among equals the id decides, so that every judge names the same rule. */
function ranked(rules: readonly Rule[]): ReadyRule[] {
  const denying = rules.filter(({ effect }) => effect === 'deny');
  const allowing = rules.filter(({ effect }) => effect === 'allow');
  return [...denying, ...allowing].map((rule, rank) => new ReadyRule(rule, rank));
}

/** Looks through lists of rules for the first, by rank, that is wanted. */
class Search {
  found: ReadyRule | undefined;
  readonly #wanted: (ready: ReadyRule) => boolean;

  constructor(wanted: (ready: ReadyRule) => boolean) {
    this.#wanted = wanted;
  }

  readonly visit = (rules: readonly ReadyRule[]): void => {
    for (const ready of rules) {
      if (this.found !== undefined && ready.rank >= this.found.rank) return;
      if (!this.#wanted(ready)) continue;
      this.found = ready;
      return;
    }
  };
}

/**
 * Decides who may do what, by rules that are found through what they state: a decision looks at those that could match,
 * however many there are beside them. The contracts judge with it, and the gateway beforehand, over the same rules.
 */
export class RuleSet {
  readonly #byAction = new Map<Action, RuleIndex>();
  readonly #rules: readonly Rule[];

  /** @param rules with different ids */
  constructor(rules: Iterable<Rule>) {
    this.#rules = [...rules].sort(byId);
    for (const ready of ranked(this.#rules)) {
      for (const action of ready.rule.actions) this.#indexOf(action).add(ready);
    }
  }

  /** In the order of their ids. */
  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** Nothing crosses tenants, whatever the rules say. Then deny wins; nothing matching is a refusal. */
  decide(request: Request): Decision {
    const barrier = tenantBarrier(request);
    if (barrier !== undefined) return barrier;
    const index = this.#byAction.get(request.action);
    if (index === undefined) return refusal(request, undefined);
    const decisive = new Search((ready) => ready.matches(request));
    index.visit(request.subject, request.resource, decisive.visit);
    if (decisive.found !== undefined) return decisive.found.decision;
    const nearest = new Search(({ rule }) => rule.effect === 'allow' && concerns(rule, request));
    index.visit(request.subject, request.resource, nearest.visit);
    return refusal(request, nearest.found);
  }

  #indexOf(action: Action): RuleIndex {
    let index = this.#byAction.get(action);
    if (index === undefined) this.#byAction.set(action, (index = new RuleIndex()));
    return index;
  }
}

/** A rule about other tenants is not named to those who do not know that there are such. */
function concerns({ what: { tenants } }: Rule, { resource: { tenant } }: Request): boolean {
  return tenants === undefined || (tenant !== undefined && tenants.includes(tenant));
}

/** @param nearest a rule that would allow it, did not something stand in its way */
function refusal(request: Request, nearest: ReadyRule | undefined): Decision {
  const obstacle = nearest?.obstacle(request);
  const why =
    nearest === undefined || obstacle === undefined
      ? `none for ${request.action} fits role ${request.subject.role} here`
      : `${nearest.rule.id} ${obstacle}`;
  return { allowed: false, rule: null, reason: `no rule allows it; ${why}` };
}
