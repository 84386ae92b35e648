import { expect } from 'chai';

import type { Question } from '../../chaincode/protocol/policy/difference.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import { type Rule, ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { untriedOf } from './untried.ts';

const NOW = Date.parse('2026-06-15T08:00:00Z');
const LATER = Date.parse('2027-01-01T00:00:00Z');

const ADMIN: Subject = {
  ...{ name: 'admin@operator', org: 'OperatorMSP', role: 'admin', tenants: '*' },
  attributes: { 'biot.site': 'berlin' },
};
const GUARD: Subject = { name: 'guard@operator', org: 'OperatorMSP', role: 'guard', tenants: '*' };
const PRESS: Resource = { org: 'OperatorMSP', tenant: 'acme', type: 'press', groups: [], status: 'active' };
const OVEN: Resource = {
  ...{ org: 'ManufacturerMSP', tenant: 'acme', type: 'oven', groups: ['hall-1'], status: 'suspended' },
  device: 'oven-01',
};
const QUESTIONS: Question[] = [ADMIN, GUARD].flatMap((subject) =>
  [PRESS, OVEN].flatMap((resource) =>
    [{}, { instant: LATER }].map((at) => ({ subject, action: 'device:revoke', resource, ...at })),
  ),
);

type Fields = Partial<Pick<Rule, 'id' | 'who' | 'what' | 'when' | 'effect'>>;

function rule(fields: Fields): Rule {
  return ruleSchema.parse({
    ...{ id: 'r', effect: 'allow', description: 'of a test', who: {}, what: {}, when: {} },
    actions: ['device:revoke', 'audit:read'],
    ...fields,
  });
}

/** By condition. */
function untried(...fields: Fields[]): Record<string, string[]> {
  const found = untriedOf(fields.map(rule), QUESTIONS, NOW);
  return Object.fromEntries(found.map(({ condition, values }) => [condition, values]));
}

describe('what a dry run cannot try', () => {
  it('is nothing when somebody who was asked about meets what the rule says, now or later', () => {
    expect(untried({})).to.deep.equal({});
    expect(
      untried({
        who: {
          ...{ roles: ['admin', 'guard'], organisations: ['OperatorMSP'], members: ['admin@operator'] },
          attributes: { 'biot.site': 'berlin' },
        },
        what: { devices: ['oven-01'], types: ['oven'], groups: ['hall-1'], tenants: ['acme'] },
        when: { statuses: ['active', 'suspended'], from: '2027-01-01T00:00:00Z' },
      }),
    ).to.deep.equal({});
  });

  it('is whom a rule names and nobody asked about is', () => {
    expect(
      untried({
        who: {
          ...{ roles: ['admin', 'operator'], organisations: ['AuditorMSP'], members: ['new@operator'] },
          attributes: { 'biot.site': 'lyon' },
        },
      }),
    ).to.deep.equal({
      roles: ['operator'],
      organisations: ['AuditorMSP'],
      members: ['new@operator'],
      attributes: ['biot.site=lyon'],
    });
  });

  it('is what a rule names and no device is', () => {
    const what = { devices: ['gone'], types: ['oven', 'lathe'], groups: ['hall-2'], tenants: ['umbrella'] };
    expect(untried({ what, when: { statuses: ['revoked'] } })).to.deep.equal({
      ...{ devices: ['gone'], types: ['lathe'], groups: ['hall-2'], tenants: ['umbrella'] },
      statuses: ['revoked'],
    });
  });

  it('is what no peer knows: firmware and networks', () => {
    expect(untried({ when: { firmwareAtLeast: '1.4.0', networks: ['10.0.0.0/8'] } })).to.deep.equal({
      firmwareAtLeast: ['1.4.0'],
      networks: ['10.0.0.0/8'],
    });
  });

  it('is a rule that is over', () => {
    const until = '2026-01-01T00:00:00Z';
    expect(untried({ when: { until } })).to.deep.equal({ until: [until] });
  });

  it('is a rule each part of which fits somebody, and the whole nobody', () => {
    expect(untried({ what: { types: ['press'], groups: ['hall-1'] } })).to.deep.equal({ together: [] });
    expect(untried({ when: { daily: { from: '12:00', to: '13:00' } } })).to.deep.equal({ together: [] });
  });

  it('is said once of a rule and its new text, and of each other rule', () => {
    const lacking = { who: { members: ['new@operator'] } };
    const found = untriedOf(
      [rule(lacking), rule({ ...lacking, effect: 'deny' }), rule({ ...lacking, id: 's' })],
      QUESTIONS,
      NOW,
    );
    expect(found.map(({ rule: id }) => id)).to.deep.equal(['r', 's']);
  });
});
