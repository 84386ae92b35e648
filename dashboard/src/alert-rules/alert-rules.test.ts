import { expect } from 'chai';
import fc from 'fast-check';
import { effectScope } from 'vue';

import { alertRule } from '../../../chaincode/protocol/testing/alert-rules.ts';
import type { AlertRuleDefinition } from '../api/types.ts';
import { draftOfRule, emptyRule, type RuleDraft, ruleOf, wishOf } from './rule-draft.ts';
import { ruleSentence } from './rule-sentence.ts';
import { trialText } from './trial-words.ts';
import { useRuleDraft } from './use-rule-draft.ts';

const CONDITIONS: readonly AlertRuleDefinition['condition'][] = [
  { kind: 'threshold', sensor: 'temperature', direction: 'above', raiseAt: 80, clearAt: 70.5 },
  { kind: 'threshold', sensor: 'count', direction: 'below', raiseAt: -1e21, clearAt: 0 },
  { kind: 'rate', sensor: 'pressure', direction: 'fall', amount: 0.25, overSeconds: 600 },
  { kind: 'no-data', forSeconds: 7_201 },
  {
    kind: 'geofence',
    fence: { shape: 'circle', latitude: 52.5, longitude: 13.4, radiusMetres: 500, marginMetres: 20 },
  },
  {
    kind: 'geofence',
    fence: {
      shape: 'polygon',
      corners: [
        [52.5, 13.4],
        [-52.6, 13.5],
        [0, -13.6],
      ],
    },
  },
  { kind: 'anomaly', sensor: 'vibration', threshold: 0.55 },
];
const INSISTENCES: readonly AlertRuleDefinition['insistence'][] = [
  { kind: 'at-once' },
  { kind: 'duration', seconds: 300 },
  { kind: 'repeat', times: 3, withinSeconds: 86_400 },
];

/** Any rule that the protocol takes. */
const rules = fc
  .record({
    condition: fc.constantFrom(...CONDITIONS),
    insistence: fc.constantFrom(...INSISTENCES),
    tenant: fc.constantFrom(null, 'acme'),
    devices: fc.constantFrom({}, { type: 'pump' }, { type: 'pump', group: 'hall-7' }, { device: 'press-07' }),
    escalation: fc.constantFrom(null, { afterSeconds: 90, to: 'critical' }),
    enabled: fc.boolean(),
  })
  .map(({ insistence, ...parts }) => {
    const immediate = ['no-data', 'anomaly'].includes(parts.condition.kind);
    return alertRule({ ...parts, insistence: immediate ? { kind: 'at-once' } : insistence });
  });

function errorsOf(changes: Partial<RuleDraft>) {
  const made = ruleOf(wishOf({ ...emptyRule(), id: 'hot', description: 'It is hot', ...changes }));
  return 'errors' in made ? made.errors : {};
}

describe('the form of a rule of alerts', () => {
  it('says all that a rule says, and nothing else', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(ruleOf(wishOf(draftOfRule(rule)))).to.deep.equal({ rule });
      }),
    );
  });

  it('says at each field what is wrong with it', () => {
    expect(errorsOf({})).to.deep.equal({
      'condition.sensor': 'Choose a sensor.',
      'condition.raiseAt': 'A number is needed.',
      'condition.clearAt': 'A number is needed.',
    });
    const sensor = 'temperature';
    expect(errorsOf({ sensor, raiseAt: '80', clearAt: '90' })['condition.clearAt']).to.include('lies above');
    expect(errorsOf({ sensor, raiseAt: 'NaN' })).to.have.property('condition.raiseAt');
    expect(errorsOf({ kind: 'no-data', silence: 'long' })).to.deep.equal({
      'condition.forSeconds': 'A duration such as 30 s, 5 min or 2 h.',
    });
    expect(errorsOf({ kind: 'no-data', silence: '0 s' })['condition.forSeconds']).to.include('never end');
    expect(errorsOf({ kind: 'geofence', shape: 'polygon', corners: '1 2\n3\n4 5' })).to.deep.equal({
      'condition.fence.corners': 'Each line is a latitude and a longitude.',
    });
    const repeat = { sensor, raiseAt: '80', insistence: 'repeat', times: '100', within: '10' } as const;
    expect(errorsOf(repeat)).to.have.property('insistence.times');
    const escalation = { sensor, raiseAt: '80', escalates: true, escalateTo: 'minor' } as const;
    expect(errorsOf(escalation)).to.have.property('escalation.to');
    expect(errorsOf({ sensor, raiseAt: '80', id: 'No Id', type: 'Ä' })).to.have.keys('id', 'devices.type');
  });

  it('takes the threshold itself where none is said for its end', () => {
    const made = ruleOf(
      wishOf({ ...emptyRule(), id: 'hot', description: 'Hot', sensor: 'temperature', raiseAt: '80' }),
    );
    expect('rule' in made && made.rule.condition).to.include({ raiseAt: 80, clearAt: 80 });
  });
});

describe('a rule as a form and as JSON', () => {
  function written(from?: AlertRuleDefinition) {
    const scope = effectScope();
    const writing = scope.run(() => useRuleDraft(from));
    if (writing === undefined) throw new Error('the scope has ended');
    return writing;
  }

  it('is the same in both, whichever is written', () => {
    const { draft, json, check } = written(alertRule());
    draft.value.raiseAt = '85';
    expect(JSON.parse(json.value)).to.have.nested.property('condition.raiseAt', 85);
    json.value = json.value.replace('85', '91');
    expect(draft.value.raiseAt).to.equal('91');
    expect(check()).to.have.nested.property('condition.raiseAt', 91);
    draft.value.severity = 'minor';
    expect(JSON.parse(json.value)).to.have.property('severity', 'minor');
    expect(check()).to.have.nested.property('condition.raiseAt', 91);
  });

  it('says why the form is not as the JSON, and puts neither then', () => {
    const { draft, json, jsonError, check } = written(alertRule());
    json.value = '{';
    expect(jsonError.value).to.equal('This is not JSON.');
    expect(json.value, 'what was typed stays').to.equal('{');
    expect(check()).to.equal(undefined);
    json.value = JSON.stringify({ ...alertRule(), severity: 'awful' });
    expect(jsonError.value).to.match(/^severity: /);
    expect(draft.value.severity).to.equal('major');
    draft.value.severity = 'minor';
    expect([jsonError.value, check()?.severity]).to.deep.equal([undefined, 'minor']);
  });
});

describe('a rule of alerts in words', () => {
  const sentences: readonly [Partial<Record<keyof AlertRuleDefinition, unknown>>, string][] = [
    [
      {
        ...{ devices: { type: 'pump' }, insistence: { kind: 'duration', seconds: 300 } },
        condition: { ...CONDITIONS[0], clearAt: 80 },
      },
      'When temperature of type pump is above 80 °C for 5 min: major',
    ],
    [
      { tenant: 'acme', escalation: { afterSeconds: 600, to: 'critical' } },
      'When temperature of any device of tenant acme is above 80 °C (until 70 °C): major, critical when nobody acknowledges it for 10 min',
    ],
    [
      {
        ...{ condition: CONDITIONS[2], devices: { group: 'hall-7', type: 'pump' } },
        insistence: { kind: 'repeat', times: 3, withinSeconds: 3_600 },
      },
      'When pressure of type pump in group hall-7 falls by 0.25 hPa within 10 min, 3 times within 1 h: major',
    ],
    [
      { condition: { kind: 'no-data', forSeconds: 120 } },
      'When nothing comes from any device for 2 min: major',
    ],
    [
      { condition: CONDITIONS[4], devices: { device: 'press-07' } },
      'When device press-07 is more than 500 m from 52.5, 13.4 (until 20 m inside): major',
    ],
    [{ condition: CONDITIONS[5] }, 'When any device is outside an area of 3 corners: major'],
    [
      { condition: CONDITIONS[6] },
      'When vibration velocity of any device is unusual (score of 0.55 or more): major',
    ],
  ];
  for (const [changes, sentence] of sentences)
    it(sentence, () => {
      expect(ruleSentence(alertRule(changes))).to.equal(sentence);
    });

  it('tells what it would have raised', () => {
    const firing = { device: 'a', raisedAt: 1, clearedAt: null, value: 1 };
    expect(trialText({ fired: 0, firings: [] }, 'last week')).to.equal(
      'It would not have fired in the last week.',
    );
    expect(trialText({ fired: 1, firings: [firing] }, 'last day')).to.equal(
      'It would have fired once in the last day, on 1 device.',
    );
    expect(trialText({ fired: 1_400, firings: [firing, { ...firing, device: 'b' }] }, 'last week')).to.equal(
      'It would have fired 1,400 times in the last week, on at least 2 devices.',
    );
  });
});
