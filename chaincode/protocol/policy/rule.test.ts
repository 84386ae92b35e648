import { expect } from 'chai';

import { HOSTILE_NAMES } from '../testing/hostile-names.ts';
import { ruleSchema } from './rule.ts';

const RULE = {
  ...{
    id: 'a',
    effect: 'allow',
    description: 'of a test',
    who: {},
    actions: ['device:read'],
    what: {},
    when: {},
  },
};

function issue(changes: object): string | undefined {
  const parsed = ruleSchema.safeParse({ ...RULE, ...changes });
  return parsed.success ? undefined : parsed.error.issues[0]?.path.join('.');
}

describe('a rule', () => {
  it('may state nothing at all', () => {
    expect(issue({})).to.equal(undefined);
  });

  for (const field of ['id', 'who', 'what', 'when', 'effect', 'description', 'actions']) {
    it(`has to have ${field}`, () => {
      expect(issue({ [field]: undefined })).to.equal(field);
    });
  }

  for (const name of Object.values(HOSTILE_NAMES)) {
    it(`has no ${JSON.stringify(name.slice(0, 12))} for an id, a device, a group, a type or a tenant`, () => {
      expect(issue({ id: name })).to.equal('id');
      for (const field of ['devices', 'groups', 'types', 'tenants']) {
        expect(issue({ what: { [field]: [name] } }), field).to.equal(`what.${field}.0`);
      }
    });
  }

  for (const [place, changes] of Object.entries({
    'who.roles': { who: { roles: [] } },
    'who.members.0': { who: { members: ['admin'] } },
    'who.organisations.0': { who: { organisations: ['operator'] } },
    'who.attributes.Biot': { who: { attributes: { Biot: 'x' } } },
    'who.attributes.biot.site': { who: { attributes: { 'biot.site': '' } } },
    'who.attributes': {
      who: {
        attributes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a-${index}`, 'x'])),
      },
    },
    'what.devices': { what: { devices: ['a', 'a'] } },
    'what.types': { what: { types: Array.from({ length: 101 }, (_, index) => `t-${index}`) } },
    'what.own': { what: { own: 'everything' } },
    'when.daily': { when: { daily: { from: '08:00', to: '08:00' } } },
    'when.daily.to': { when: { daily: { from: '08:00', to: '24:00' } } },
    'when.daily.from': { when: { daily: { from: '8:00', to: '09:00' } } },
    'when.networks.0': { when: { networks: ['10.0.0.1/8'] } },
    'when.statuses.0': { when: { statuses: ['lost'] } },
    'when.firmwareAtLeast': { when: { firmwareAtLeast: '1.9' } },
    'when.from': { when: { from: '2026-01-01' } },
    'actions.0': { actions: ['device:explode'] },
    actions: { actions: [] },
  })) {
    it(`is refused for its ${place}`, () => {
      expect(issue(changes)).to.equal(place);
    });
  }

  for (const version of ['01.0.0', '1.0', '1.0.0.0', '1.0.0-rc1', 'v1.0.0', '1.0.9999999999', '-1.0.0', '']) {
    it(`knows no firmware ${JSON.stringify(version)}`, () => {
      expect(issue({ when: { firmwareAtLeast: version } })).to.equal('when.firmwareAtLeast');
    });
  }

  it('ends after it begins, as instants go and not as texts do', () => {
    const spans = (from: string, until: string): string | undefined => issue({ when: { from, until } });
    expect(spans('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.001Z')).to.equal(undefined);
    expect(spans('2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00Z')).to.equal('when.until');
    expect(spans('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z')).to.equal('when.until');
    expect(issue({ when: { from: '2026-01-01T00:00:00Z' } })).to.equal(undefined);
    expect(issue({ when: { until: '2026-01-01T00:00:00Z' } })).to.equal(undefined);
  });

  it('says of an empty list that it would match nothing', () => {
    const parsed = ruleSchema.safeParse({ ...RULE, what: { devices: [] } });
    expect(parsed.error?.issues[0]?.message).to.contain('leave the field out');
  });
});
