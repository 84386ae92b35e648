import { expect } from 'chai';
import fc from 'fast-check';

import { aRequest, someRules } from '../testing/policies.ts';
import { DEFAULT_RULES } from './default-rules.ts';
import { differences } from './difference.ts';
import { explain, explanationSchema } from './explain.ts';
import { obstacles } from './matching.ts';
import type { Request } from './request.ts';
import { type Rule, ruleSchema } from './rule.ts';
import { RuleSet } from './rule-set.ts';
import { tenantBarrier } from './tenancy.ts';

const REQUEST: Request = {
  subject: { org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*', attributes: {} },
  action: 'device:revoke',
  resource: { org: 'ManufacturerMSP', device: 'press-07', groups: ['hall-1'], status: 'active' },
  circumstances: { instant: 0, address: null },
};

function rule(id: string, fields: object): Rule {
  const plain = {
    effect: 'allow',
    description: 'of a test',
    who: {},
    actions: ['device:revoke'],
    what: {},
    when: {},
  };
  return ruleSchema.parse({ id, ...plain, ...fields });
}

describe('an explanation', () => {
  it('names what really stands in the way, the nearest rule first', () => {
    const far = rule('a-far', {
      who: { roles: ['operator'] },
      what: { groups: ['hall-7'], devices: ['press-08'] },
    });
    const near = rule('b-near', { what: { groups: ['hall-7'] } });
    const { considered, rules } = explain(new RuleSet([...DEFAULT_RULES, far, near]), REQUEST, '*');
    expect(considered).to.deep.equal([
      {
        ...{ rule: 'admin-manages-own-devices', effect: 'allow', matches: false },
        obstacles: ['applies to what OperatorMSP owns only'],
      },
      { rule: 'b-near', effect: 'allow', matches: false, obstacles: ['applies to group hall-7 only'] },
      {
        ...{ rule: 'a-far', effect: 'allow', matches: false },
        obstacles: [
          'applies to group hall-7 only',
          'applies to device press-08 only',
          'applies to role operator only',
        ],
      },
    ]);
    expect(rules).to.equal(3);
  });

  it('shows the rule that denies beside the one that would allow', () => {
    const rules = [rule('may', {}), rule('must-not', { effect: 'deny', what: { devices: ['press-07'] } })];
    const { allowed, rule: decisive, considered } = explain(new RuleSet(rules), REQUEST, '*');
    expect({ allowed, decisive }).to.deep.equal({ allowed: false, decisive: 'must-not' });
    expect(considered.map(({ rule: id, matches }) => [id, matches])).to.deep.equal([
      ['must-not', true],
      ['may', true],
    ]);
  });

  it('shows twenty rules at most, the decisive one among them, and says how many there are', () => {
    const rules = Array.from({ length: 30 }, (_, index) =>
      rule(`r-${index}`, { what: { devices: [`d-${index}`] } }),
    );
    const decisive = rule('z-last', { what: { devices: ['press-07'] } });
    const explained = explain(new RuleSet([...rules, decisive]), REQUEST, '*');
    expect(explained.considered).to.have.length(20);
    expect(explained.considered[0]).to.include({ rule: 'z-last', matches: true });
    expect(explained.rules).to.equal(31);
  });

  it('shows the decisive rule first among those that match, however many do', () => {
    const allowing = Array.from({ length: 30 }, (_, index) => rule(`a-${index}`, {}));
    const explained = explain(new RuleSet([...allowing, rule('z-deny', { effect: 'deny' })]), REQUEST, '*');
    expect(explained.considered[0]).to.include({ rule: 'z-deny', effect: 'deny' });
  });

  it('is the decision, and an obstacle of each rule that does not match', () => {
    fc.assert(
      fc.property(someRules, aRequest, (rules, request) => {
        const ruleSet = new RuleSet(rules);
        const {
          considered,
          rules: count,
          ...decision
        } = explanationSchema.parse(explain(ruleSet, request, '*'));
        expect(decision).to.deep.equal(ruleSet.decide(request));
        if (tenantBarrier(request) !== undefined) {
          expect({ considered, count }).to.deep.equal({ considered: [], count: 0 });
          return;
        }
        expect(count).to.equal(rules.filter(({ actions }) => actions.includes(request.action)).length);
        for (const { rule: id, matches, obstacles: shown } of considered) {
          const meant = rules.find((candidate) => candidate.id === id)!;
          expect(shown).to.deep.equal(obstacles(meant, request));
          expect(matches).to.equal(shown.length === 0);
        }
        if (decision.rule !== null) expect(considered[0]?.rule).to.equal(decision.rule);
      }),
    );
  });
});

describe('the difference that a change makes', () => {
  it('is every question that is answered otherwise, and none else', () => {
    fc.assert(
      fc.property(someRules, someRules, fc.array(aRequest, { maxLength: 20 }), (before, after, requests) => {
        const sets = { before: new RuleSet(before), after: new RuleSet(after) };
        const now = { instant: Date.parse('2026-01-01T07:00:00Z'), address: null };
        const questions = requests.map(({ subject, action, resource, circumstances }) => {
          const instant = circumstances?.instant;
          return { subject, action, resource, ...(instant !== undefined && { instant }) };
        });
        const expected = questions
          .map((question) => {
            const request = { ...question, circumstances: { ...now, ...question } };
            return {
              ...question,
              before: sets.before.decide(request),
              after: sets.after.decide(request),
            };
          })
          .filter((answer) => answer.before.allowed !== answer.after.allowed);
        expect(differences(sets, questions, now)).to.deep.equal(expected);
      }),
    );
  });

  it('says by which rules', () => {
    const stop = rule('stop', { effect: 'deny', what: { devices: ['press-07'] } });
    const own = { ...REQUEST, resource: { ...REQUEST.resource, org: 'OperatorMSP' } };
    const sets = { before: new RuleSet(DEFAULT_RULES), after: new RuleSet([...DEFAULT_RULES, stop]) };
    const found = differences(sets, [REQUEST, own], {});
    expect(found).to.have.length(1);
    expect(found[0]).to.deep.include({ subject: own.subject, action: own.action, resource: own.resource });
    expect(found[0]?.before.rule).to.equal('admin-manages-own-devices');
    expect(found[0]?.after.rule).to.equal('stop');
  });
});
