import { expect } from 'chai';
import fc from 'fast-check';

import { aRequest, someRules } from '../testing/policies.ts';
import { ACTIONS } from './actions.ts';
import { obstacles } from './matching.ts';
import type { Request } from './request.ts';
import { type Rule, ruleSchema } from './rule.ts';
import { RuleSet } from './rule-set.ts';

/** What a decision is, without any index: of all rules that match, one that denies, else one that allows. */
function decideNaively(rules: readonly Rule[], request: Request): { allowed: boolean; rule: string | null } {
  const { subject, resource } = request;
  if (subject.tenants !== '*' && resource.device !== undefined && resource.tenant === undefined)
    return { allowed: false, rule: null };
  if (subject.tenants !== '*' && resource.tenant !== undefined && !subject.tenants.includes(resource.tenant))
    return { allowed: false, rule: null };
  const matching = rules.filter((rule) => obstacles(rule, request).length === 0);
  const denying = matching.filter(({ effect }) => effect === 'deny');
  const [decisive] = (denying.length > 0 ? denying : matching).map(({ id }) => id).sort();
  return { allowed: decisive !== undefined && denying.length === 0, rule: decisive ?? null };
}

function rule(id: string, fields: object = {}): Rule {
  const plain = {
    effect: 'allow',
    description: 'of a test',
    who: {},
    actions: ['device:read'],
    what: {},
    when: {},
  };
  return ruleSchema.parse({ id, ...plain, ...fields });
}

const REQUEST: Request = {
  subject: { org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*', attributes: {} },
  action: 'device:read',
  resource: { org: 'OperatorMSP', tenant: 'acme', device: 'press-07', type: 'press', groups: ['hall-7'] },
  circumstances: { instant: 0, address: null },
};

describe('RuleSet', () => {
  it('decides as whoever looks at every rule does', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(someRules, aRequest, (rules, request) => {
        const { allowed, rule: decisive } = new RuleSet(rules).decide(request);
        expect({ allowed, rule: decisive }).to.deep.equal(decideNaively(rules, request));
      }),
      { numRuns: 2_000 },
    );
  });

  it('decides the same, for the same reason, in whatever order the rules come', () => {
    const shuffled = someRules.chain((rules) =>
      fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length })),
    );
    fc.assert(
      fc.property(shuffled, aRequest, ([rules, others], request) => {
        expect(new RuleSet(others).decide(request)).to.deep.equal(new RuleSet(rules).decide(request));
        expect(new RuleSet(others).rules).to.deep.equal(new RuleSet(rules).rules);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses everything without rules', () => {
    fc.assert(
      fc.property(aRequest, (request) => {
        expect(new RuleSet([]).decide(request)).to.include({ allowed: false, rule: null });
      }),
    );
  });

  it('names the rule that allows, or the one that denies; the smallest id of several', () => {
    const rules = [rule('c'), rule('b'), rule('z', { effect: 'deny', what: { devices: ['press-08'] } })];
    expect(new RuleSet(rules).decide(REQUEST)).to.deep.equal({
      allowed: true,
      rule: 'b',
      reason: 'rule b allows it',
    });
    const denied = [...rules, rule('y', { effect: 'deny' }), rule('x', { effect: 'deny' })];
    expect(new RuleSet(denied).decide(REQUEST)).to.deep.equal({
      allowed: false,
      rule: 'x',
      reason: 'rule x denies it',
    });
  });

  it('says what kept the rule from matching that would allow it', () => {
    const rules = [
      rule('a', { what: { devices: ['press-08'] } }),
      rule('b', { when: { statuses: ['active', 'suspended'] } }),
      rule('c', { effect: 'deny', when: { statuses: ['active'] } }),
    ];
    const decision = new RuleSet(rules).decide({
      ...REQUEST,
      resource: { ...REQUEST.resource, status: 'revoked' },
    });
    expect(decision.reason).to.equal(
      'no rule allows it; b applies to devices that are active or suspended only',
    );
  });

  it('says whom no rule fits when there is none to name', () => {
    const { reason } = new RuleSet([rule('a', { who: { roles: ['auditor'] } })]).decide(REQUEST);
    expect(reason).to.equal('no rule allows it; none for device:read fits role admin here');
  });

  it('gives decisions that nobody can change for the next one', () => {
    const ruleSet = new RuleSet([rule('a', { effect: 'deny' })]);
    expect(() => Object.assign(ruleSet.decide(REQUEST), { allowed: true })).to.throw(TypeError);
    expect(ruleSet.decide(REQUEST).allowed).to.equal(false);
  });

  it('keeps a rule of 100 members and 100 devices in little memory, and finds it', () => {
    const values = Array.from({ length: 99 }, (_, index) => `d-${index}`);
    const wide = {
      who: { members: [...values.map((name) => `${name}@operator`), 'admin@operator'] },
      what: { devices: [...values, 'press-07'] },
      actions: ACTIONS,
    };
    const rules = Array.from({ length: 200 }, (_, index) => rule(`wide-${index}`, wide));
    const before = process.memoryUsage().heapUsed;
    const ruleSet = new RuleSet(rules);
    expect(process.memoryUsage().heapUsed - before).to.be.below(64 << 20);
    expect(ruleSet.decide(REQUEST).allowed).to.equal(true);
    expect(ruleSet.decide({ ...REQUEST, resource: { device: 'press-08' } }).allowed).to.equal(false);
    const subject = { ...REQUEST.subject, name: 'auditor@operator' };
    expect(ruleSet.decide({ ...REQUEST, subject }).allowed).to.equal(false);
  });
});
