import { expect } from 'chai';
import fc from 'fast-check';

import { requirementsOf } from '../../chaincode/protocol/policy/matching.ts';
import type { Request } from '../../chaincode/protocol/policy/request.ts';
import { type Rule, ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { momentsOf } from './moments.ts';

const NOW = Date.parse('2026-06-15T08:00:00Z');
const HOUR = 3_600_000;

function rule(when: Rule['when']): Rule {
  return ruleSchema.parse({
    ...{ id: 'r', effect: 'allow', description: 'of a test', who: {}, actions: ['device:read'], what: {} },
    when,
  });
}

function texts(...rules: Rule[]): string[] {
  return momentsOf(rules, NOW).moments.map((moment) => new Date(moment).toISOString());
}

describe('moments to ask about', () => {
  it('are none for rules without times, and none that are over', () => {
    expect(texts(rule({}), rule({ until: '2026-01-01T00:00:00Z' }))).to.deep.equal([]);
  });

  it('are when a rule begins to apply, and when it ends', () => {
    expect(texts(rule({ from: '2027-01-01T00:00:00Z', until: '2027-02-01T00:00:00Z' }))).to.deep.equal([
      '2027-01-01T00:00:00.000Z',
      '2027-02-01T00:00:00.000Z',
    ]);
  });

  it('are the next times of day at which it does, also once a later span has begun', () => {
    const daily = { from: '22:30', to: '03:00' };
    expect(texts(rule({ daily }))).to.deep.equal(['2026-06-15T22:30:00.000Z', '2026-06-16T03:00:00.000Z']);
    expect(texts(rule({ daily, from: '2027-01-01T00:00:00Z' }))).to.include.members([
      '2027-01-01T03:00:00.000Z',
      '2027-01-01T22:30:00.000Z',
    ]);
  });

  it('are bounded, those of the first rules kept, and it is said that there were more', () => {
    const years = Array.from({ length: 20 }, (_, index) => rule({ from: `${2050 - index}-01-01T00:00:00Z` }));
    const { moments, cut } = momentsOf(years, NOW, 3);
    expect([moments.map((moment) => new Date(moment).getUTCFullYear()), cut]).to.deep.equal([
      [2048, 2049, 2050],
      true,
    ]);
    expect(momentsOf(years.slice(0, 3), NOW, 3).cut).to.equal(false);
  });

  it('leave out nothing: whatever rules apply together at any time, they do at one of them, or now', () => {
    const someTime = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
    const someEdge = fc.integer({ min: -50, max: 50 }).map((hours) => new Date(NOW + hours * HOUR));
    const someRule = fc
      .record({
        from: fc.option(someEdge, { nil: undefined }),
        until: fc.option(someEdge, { nil: undefined }),
        daily: fc.option(fc.record({ from: someTime, to: someTime }), { nil: undefined }),
      })
      .filter(
        ({ from, until, daily }) => !(from && until && from >= until) && daily?.from !== (daily?.to ?? ''),
      )
      .map(({ from, until, daily }) =>
        rule({
          ...(from && { from: from.toISOString() }),
          ...(until && { until: until.toISOString() }),
          ...(daily && { daily }),
        }),
      );
    const later = fc.integer({ min: 0, max: 100 * 60 }).map((minutes) => NOW + minutes * 60_000);
    fc.assert(
      fc.property(fc.array(someRule, { maxLength: 3 }), later, (rules, instant) => {
        const { moments } = momentsOf(rules, NOW, Infinity);
        const wanted = applying(rules, instant);
        expect([NOW, ...moments].map((moment) => applying(rules, moment))).to.deep.include(wanted);
      }),
    );
  });
});

/** Which of the rules apply then. */
function applying(rules: readonly Rule[], instant: number): boolean[] {
  const request: Request = {
    subject: { name: 'a@operator', org: 'OperatorMSP', role: 'admin', tenants: '*' },
    action: 'device:read',
    resource: {},
    circumstances: { instant },
  };
  return rules.map((each) => requirementsOf(each).every(({ holds }) => holds(request)));
}
