import { expect } from 'chai';

import { DEFAULT_RULES } from '../../../chaincode/protocol/policy/default-rules.ts';
import type { Rule } from '../api/types.ts';
import { draftOf, emptyDraft, ruleOf, type RuleDraft } from './rule-draft.ts';

const FULL: Rule = {
  id: 'night-shift',
  effect: 'deny',
  description: 'Nobody touches the presses at night',
  who: {
    roles: ['operator'],
    organisations: ['OperatorMSP'],
    members: ['a@operator', 'b@operator'],
    attributes: { 'biot.site': 'north' },
  },
  actions: ['device:suspend', 'device:activate'],
  what: {
    own: 'organisation',
    devices: ['press-01'],
    types: ['press'],
    groups: ['hall-7'],
    tenants: ['acme'],
  },
  when: {
    from: '2026-01-31T08:00:00Z',
    until: '2026-02-01T08:00:00Z',
    daily: { from: '22:00', to: '06:00' },
    networks: ['10.0.0.0/8', 'fd00::/8'],
    statuses: ['active', 'suspended'],
    firmwareAtLeast: '1.2.0',
  },
};

function errorsOf(fields: Partial<RuleDraft>): string[] {
  const made = ruleOf({ ...draftOf(FULL), ...fields });
  return 'errors' in made ? Object.keys(made.errors) : [];
}

describe('the form of a rule', () => {
  it('gives back every rule that it was filled from', () => {
    for (const rule of [FULL, ...DEFAULT_RULES]) expect(ruleOf(draftOf(rule))).to.deep.equal({ rule });
  });

  it('leaves out what is left empty', () => {
    const draft: RuleDraft = { ...emptyDraft(), id: 'r', description: 'd', actions: ['device:read'] };
    expect(ruleOf(draft)).to.deep.equal({
      rule: {
        id: 'r',
        effect: 'allow',
        description: 'd',
        who: {},
        actions: ['device:read'],
        what: {},
        when: {},
      },
    });
  });

  it('takes names apart by commas and blanks', () => {
    const made = ruleOf({ ...draftOf(FULL), types: ' press,oven  boiler, ' });
    expect('rule' in made && made.rule.what.types).to.deep.equal(['press', 'oven', 'boiler']);
  });

  it('says at each field what is wrong with it', () => {
    expect(errorsOf({ id: 'No Id', description: ' ', actions: [] })).to.have.members([
      'id',
      'description',
      'actions',
    ]);
    expect(errorsOf({ members: 'somebody' })).to.deep.equal(['members']);
    expect(errorsOf({ networks: '10.0.0.1/8' })).to.deep.equal(['networks']);
    expect(errorsOf({ dailyTo: '' })).to.deep.equal(['daily']);
    expect(errorsOf({ until: '2026-01-01T00:00' })).to.deep.equal(['until']);
    expect(errorsOf({ firmwareAtLeast: '1.2' })).to.deep.equal(['firmwareAtLeast']);
  });
});
