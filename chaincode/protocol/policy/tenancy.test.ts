import { expect } from 'chai';
import fc from 'fast-check';

import { aRequest, aRule, someRules } from '../testing/policies.ts';
import { ACTIONS } from './actions.ts';
import { explain } from './explain.ts';
import type { Request } from './request.ts';
import { type Rule, ruleSchema } from './rule.ts';
import { RuleSet } from './rule-set.ts';
import { ALL_TENANTS, mayChange, maySee, maySeeRule, OTHER_TENANT, scopeOf } from './tenancy.ts';

const ALL = ['acme', 'umbrella'];
const someTenants = fc.subarray(ALL);
const RUNS = { numRuns: 2_000 };

function rule(id: string, tenants?: string[]): Rule {
  return ruleSchema.parse({
    ...{ id, effect: 'allow', description: 'of a test', who: {}, actions: [...ACTIONS], when: {} },
    what: tenants === undefined ? {} : { tenants },
  });
}

/** The same question of somebody who serves these tenants. */
function askedBy(request: Request, tenants: '*' | string[]): Request {
  return { ...request, subject: { ...request.subject, tenants } };
}

describe('a decision', function () {
  this.timeout(60_000);

  it('never allows anything on what is of another tenant, whatever the rules are', () => {
    fc.assert(
      fc.property(someRules, aRequest, someTenants, (rules, request, tenants) => {
        const { tenant, device } = request.resource;
        const foreign = tenant === undefined ? device !== undefined : !tenants.includes(tenant);
        // With a rule that allows everything to everybody: nothing but the tenant stands in the way.
        for (const all of [rules, [...rules, rule('everything')]]) {
          const decision = new RuleSet(all).decide(askedBy(request, tenants));
          if (foreign) expect(decision).to.equal(OTHER_TENANT);
          else expect(decision).to.not.equal(OTHER_TENANT);
        }
      }),
      RUNS,
    );
  });

  it('lets nobody change the types of all devices who serves some tenants alone', () => {
    fc.assert(
      fc.property(someRules, aRequest, someTenants, (rules, request, tenants) => {
        const asked: Request = { ...request, action: 'type:put', resource: { type: 'press' } };
        const ruleSet = new RuleSet([...rules, rule('everything')]);
        expect(ruleSet.decide(askedBy(asked, tenants))).to.equal(ALL_TENANTS);
        expect(ruleSet.decide(askedBy(asked, '*'))).to.not.equal(ALL_TENANTS);
      }),
    );
  });

  it('is the same within one’s tenants as for those who serve all', () => {
    fc.assert(
      fc.property(someRules, aRequest, someTenants, (rules, request, tenants) => {
        const ruleSet = new RuleSet(rules);
        const limited = ruleSet.decide(askedBy(request, tenants));
        if (limited !== OTHER_TENANT) expect(limited).to.deep.equal(ruleSet.decide(askedBy(request, '*')));
      }),
      RUNS,
    );
  });

  it('names no tenant but the resource’s own in its reason, nor a rule of another alone', () => {
    fc.assert(
      fc.property(someRules, aRequest, (rules, request) => {
        const named = rules.map((each) => ({
          ...each,
          id: `${each.id}-of-${each.what.tenants?.join('-') ?? 'all'}`,
        }));
        const { reason } = new RuleSet(named).decide(askedBy(request, ['acme']));
        if (request.resource.tenant === 'acme')
          expect(reason).to.not.match(/-of-umbrella|tenant umbrella only/);
        else expect(reason).to.not.include('umbrella');
      }),
      RUNS,
    );
  });

  it('is explained with the rules that the asker may see, and with none when the tenant is another', () => {
    fc.assert(
      fc.property(someRules, aRequest, someTenants, (rules, request, tenants) => {
        const asked = askedBy(request, tenants);
        const { considered } = explain(new RuleSet(rules), asked, tenants);
        for (const { rule: id } of considered)
          expect(
            maySeeRule(
              tenants,
              rules.find((each) => each.id === id)!,
            ),
          ).to.equal(true);
        if (new RuleSet(rules).decide(asked) === OTHER_TENANT) expect(considered).to.deep.equal([]);
      }),
      RUNS,
    );
  });
});

describe('whom rules concern', () => {
  it('is the tenants that they name; the consortium, when one names none', () => {
    expect(scopeOf([rule('a', ['umbrella']), rule('b', ['acme', 'umbrella'])])).to.deep.equal({
      consortium: false,
      tenants: ['acme', 'umbrella'],
    });
    expect(scopeOf([rule('a', ['acme']), rule('b')])).to.deep.equal({ consortium: true, tenants: ['acme'] });
  });

  it('is for all who serve all tenants to see and to change', () => {
    fc.assert(
      fc.property(fc.array(aRule), (rules) => {
        expect([maySee('*', scopeOf(rules)), mayChange('*', scopeOf(rules))]).to.deep.equal([true, true]);
      }),
    );
  });

  it('can be seen by others when it names no other tenant than theirs, and changed when every rule names one', () => {
    fc.assert(
      fc.property(fc.array(aRule, { minLength: 1 }), someTenants, (rules, tenants) => {
        const scope = scopeOf(rules);
        const foreign = rules.some(({ what }) => what.tenants?.some((tenant) => !tenants.includes(tenant)));
        const everybodys = rules.some(({ what }) => what.tenants === undefined);
        expect(maySee(tenants, scope)).to.equal(!foreign);
        expect(mayChange(tenants, scope)).to.equal(!foreign && !everybodys);
        expect(rules.every((each) => maySeeRule(tenants, each))).to.equal(!foreign);
      }),
    );
  });

  it('leaves nothing to change to those without any tenant', () => {
    fc.assert(
      fc.property(fc.array(aRule, { minLength: 1 }), (rules) => {
        expect(mayChange([], scopeOf(rules))).to.equal(false);
      }),
    );
  });
});
