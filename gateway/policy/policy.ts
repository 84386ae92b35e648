import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Decision, Request, Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import { requireFresh } from '../freshness.ts';

export type PolicyMirror = Pick<RegistryMirror, 'policy' | 'freshness'>;

/** The channel's rules as our copy of the ledger has them at each call. */
export class Policy {
  readonly #mirror: PolicyMirror;

  constructor(mirror: PolicyMirror) {
    this.#mirror = mirror;
  }

  /** Whether our copy is confirmed: if not, a right that it grants may have been withdrawn. */
  get fresh(): boolean {
    return this.#mirror.freshness().fresh;
  }

  /** @throws BiotError LEDGER_STALE */
  requireFresh(): void {
    requireFresh(this.#mirror.freshness());
  }

  /** @throws BiotError LEDGER_STALE */
  decide(request: Request): Decision {
    return this.#current().decide(request);
  }

  /** By the rules that were last heard of, however long ago. @throws BiotError LEDGER_STALE when there never were any */
  decideAsLastKnown(request: Request): Decision {
    return this.#lastKnown().decide(request);
  }

  /**
   * Whether some rule lets the subject do this to something, at some time: for refusing at the door those to whom
   * everything behind it would be refused. By the rules that were last heard of.
   */
  decideForAnything(subject: Subject, action: Action): Decision {
    const decision = anywhere(this.#lastKnown()).decide({ subject, action, resource: {} });
    if (decision.allowed || decision.rule !== null) return decision;
    return { ...decision, reason: `no rule allows ${action} to ${subject.name}, on anything` };
  }

  /** Whether some rule keeps the subject from doing this to something, at some time. */
  deniesSomewhere(subject: Subject, action: Action): boolean {
    const denying = this.#lastKnown().rules.filter(
      ({ effect, actions }) => effect === 'deny' && actions.includes(action),
    );
    const everywhere = new RuleSet(denying.map((rule) => ({ ...rule, what: {}, when: {} })));
    return everywhere.decide({ subject, action, resource: {} }).rule !== null;
  }

  /** Devices that rules for the action name one by one: these are not judged as others of their kind. */
  namedDevices(action: Action): ReadonlySet<string> {
    const rules = this.#lastKnown().rules.filter(({ actions }) => actions.includes(action));
    return new Set(rules.flatMap(({ what }) => what.devices ?? []));
  }

  #current(): RuleSet {
    requireFresh(this.#mirror.freshness());
    return this.#mirror.policy();
  }

  #lastKnown(): RuleSet {
    const rules = this.#mirror.policy();
    if (rules.rules.length === 0) requireFresh(this.#mirror.freshness());
    return rules;
  }
}

const loosened = new WeakMap<RuleSet, RuleSet>();

/** The rules as far as they are about who: what allows on something, and what denies on everything. */
function anywhere(ruleSet: RuleSet): RuleSet {
  const known = loosened.get(ruleSet);
  if (known !== undefined) return known;
  const made = new RuleSet(
    ruleSet.rules.filter((rule) => rule.effect === 'allow' || isUnconditional(rule)).map(loosen),
  );
  loosened.set(ruleSet, made);
  return made;
}

function loosen(rule: Rule): Rule {
  return { ...rule, what: {}, when: {} };
}

/** Whether nothing but the subject decides on it. */
function isUnconditional({ what, when }: Rule): boolean {
  return Object.keys(what).length === 0 && Object.keys(when).length === 0;
}
