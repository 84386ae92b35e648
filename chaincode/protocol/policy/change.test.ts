import { expect } from 'chai';
import fc from 'fast-check';

import { aChange, aRequest, aRule, someRules } from '../testing/policies.ts';
import { applyChange, needsApproval, policyChangeSchema } from './change.ts';
import { DEFAULT_RULES } from './default-rules.ts';
import { type Rule, ruleSchema } from './rule.ts';
import { RuleSet } from './rule-set.ts';

const RULE = ruleSchema.parse({
  ...{
    id: 'a',
    effect: 'allow',
    description: 'of a test',
    who: {},
    actions: ['device:suspend'],
    what: {},
    when: {},
  },
});
const DENY: Rule = { ...RULE, effect: 'deny' };
const GOVERNING: Rule = { ...RULE, actions: ['device:suspend', 'policy:approve'] };

function byId(rules: readonly Rule[]): Map<string, Rule> {
  return new Map(rules.map((rule) => [rule.id, rule]));
}

function needs(before: readonly Rule[], put: readonly Rule[], remove: readonly string[] = []): boolean {
  return needsApproval(byId(before), { put: [...put], remove: [...remove] });
}

describe('a change of the policy', () => {
  it('that one organisation may make alone allows nobody anything', function () {
    this.timeout(60_000);
    let alone = 0;
    fc.assert(
      fc.property(
        someRules,
        aChange,
        fc.array(aRequest, { minLength: 20, maxLength: 20 }),
        (rules, change, requests) => {
          if (needsApproval(byId(rules), change)) return;
          alone += 1;
          const [before, after] = [new RuleSet(rules), new RuleSet(applyChange(rules, change))];
          for (const request of requests) {
            if (after.decide(request).allowed) expect(before.decide(request).allowed).to.equal(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(alone).to.be.above(50);
  });

  it('that one organisation may make alone leaves everybody the say about policies that they had', () => {
    const asked = aRequest.filter(({ action }) => action === 'policy:propose' || action === 'policy:approve');
    fc.assert(
      fc.property(someRules, aChange, asked, (rules, change, request) => {
        fc.pre(!needsApproval(byId(rules), change));
        const after = new RuleSet(applyChange(rules, change));
        expect(after.decide(request)).to.deep.equal(new RuleSet(rules).decide(request));
      }),
    );
  });

  it('needs a second organisation to allow, to end a refusal, and to touch who decides', () => {
    expect(needs([], [RULE])).to.equal(true);
    expect(needs([RULE], [{ ...RULE, description: 'the same otherwise' }])).to.equal(true);
    expect(needs([DENY], [], ['a'])).to.equal(true);
    expect(needs([DENY], [{ ...DENY, actions: ['device:suspend', 'device:revoke'] }])).to.equal(true);
    expect(needs([GOVERNING], [], ['a'])).to.equal(true);
    expect(needs([], [{ ...GOVERNING, effect: 'deny' }])).to.equal(true);
    expect(needs([GOVERNING], [DENY])).to.equal(true);
    expect(
      needs(
        [RULE],
        [
          { ...DENY, id: 'b' },
          { ...RULE, id: 'c' },
        ],
      ),
    ).to.equal(true);
  });

  it('does not need one to refuse, or to end a permission', () => {
    expect(needs([], [DENY])).to.equal(false);
    expect(needs([RULE], [], ['a'])).to.equal(false);
    expect(needs([RULE], [DENY])).to.equal(false);
    expect(needs([GOVERNING], [{ ...DENY, id: 'b' }])).to.equal(false);
    expect(needs(DEFAULT_RULES, [], ['admin-accepts-devices'])).to.equal(false);
  });

  it('needs one when it takes away what services live on, or what deciding takes', () => {
    const deny = (fields: Partial<Rule>): boolean => needs([], [{ ...DENY, id: 'b', ...fields }]);
    expect(deny({ who: {}, actions: ['device:read'] })).to.equal(true);
    expect(deny({ who: { roles: ['operator', 'ingest'] }, actions: ['anchor:append'] })).to.equal(true);
    expect(deny({ who: { roles: ['operator'] }, actions: ['device:read'] })).to.equal(false);
    expect(deny({ who: {}, actions: ['device:suspend'] })).to.equal(false);
    expect(deny({ who: { roles: ['operator'] }, actions: ['policy:read'] })).to.equal(true);
    for (const id of ['guard-reads-registry', 'ingest-reads-registry', 'writer-appends-to-own-log'])
      expect(needs(DEFAULT_RULES, [], [id]), id).to.equal(true);
  });

  it('puts, replaces and removes, and leaves the others as they are', () => {
    fc.assert(
      fc.property(someRules, aChange, (rules, change) => {
        const expected = byId(rules.filter(({ id }) => !change.remove.includes(id)));
        for (const rule of change.put) expected.set(rule.id, rule);
        const after = applyChange(rules, change);
        expect(after).to.have.length(expected.size);
        expect(byId(after)).to.deep.equal(expected);
      }),
    );
  });

  for (const [what, change] of Object.entries({
    'is empty': { put: [], remove: [] },
    'puts a rule twice': { put: [RULE, DENY], remove: [] },
    'removes a rule twice': { put: [], remove: ['a', 'a'] },
    'puts and removes the same rule': { put: [RULE], remove: ['a'] },
    'has 101 rules': { put: [], remove: Array.from({ length: 101 }, (_, index) => `r-${index}`) },
    'has a field of its own': { put: [RULE], remove: [], apply: true },
    'removes what is no id': { put: [], remove: ['a/b'] },
  })) {
    it(`is none when it ${what}`, () => {
      expect(policyChangeSchema.safeParse(change).success).to.equal(false);
    });
  }

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(aRule, (rule) => {
        const change = { put: [rule], remove: [] };
        expect(policyChangeSchema.parse(JSON.parse(JSON.stringify(change)))).to.deep.equal(change);
      }),
    );
  });
});
