import { expect } from 'chai';

import { alertRule, HOT } from '../testing/alert-rules.ts';
import { alertRuleDefinitionSchema, concerns } from './rule.ts';

const { condition: threshold } = HOT;
const circle = { shape: 'circle', latitude: 50, longitude: 8, radiusMetres: 100, marginMetres: 10 };
const fence = (changes: object): object => ({
  condition: { kind: 'geofence', fence: { ...circle, ...changes } },
});
const rate = { kind: 'rate', sensor: 'pressure', direction: 'rise', amount: 5, overSeconds: 60 };

/** What the schema says of a rule that differs from one that it takes. */
function complaint(changes: object): string | undefined {
  return alertRuleDefinitionSchema.safeParse({ ...HOT, ...changes }).error?.issues[0]?.message;
}

describe('a rule of alerts', () => {
  it('may look for each kind of condition', () => {
    for (const condition of [
      threshold,
      { ...threshold, direction: 'below', raiseAt: 5, clearAt: 8 },
      { ...threshold, clearAt: 80 },
      rate,
      { kind: 'no-data', forSeconds: 60 },
      { kind: 'geofence', fence: circle },
      {
        kind: 'geofence',
        fence: {
          shape: 'polygon',
          corners: [
            [0, 0],
            [0, 1],
            [1, 0],
          ],
        },
      },
      { kind: 'anomaly', sensor: 'power', threshold: 0.5 },
    ])
      expect(complaint({ condition }), JSON.stringify(condition)).to.equal(undefined);
  });

  const wrong: [string, object, RegExp][] = [
    ['a threshold of NaN', { condition: { ...threshold, raiseAt: Number.NaN } }, /number/],
    ['an infinite threshold', { condition: { ...threshold, clearAt: -Infinity } }, /number/],
    ['clearing above raising', { condition: { ...threshold, clearAt: 81 } }, /clearAt lies above raiseAt/],
    [
      'clearing below raising, for what is too low',
      { condition: { ...threshold, direction: 'below', clearAt: 79 } },
      /clearAt lies below raiseAt/,
    ],
    ['a sensor that is none', { condition: { ...threshold, sensor: 'mood' } }, /unknown sensor/],
    ['a duration of 0', { insistence: { kind: 'duration', seconds: 0 } }, /would never end/],
    ['a silence of 0', { condition: { kind: 'no-data', forSeconds: 0 } }, /would never end/],
    ['a change of 0', { condition: { ...rate, amount: 0 } }, /would never end/],
    ['a stretch of 0', { condition: { ...rate, overSeconds: 0 } }, /would never end/],
    ['a repetition of once', { insistence: { kind: 'repeat', times: 1, withinSeconds: 9 } }, /use at-once/],
    [
      'more repetitions than the window holds',
      { insistence: { kind: 'repeat', times: 11, withinSeconds: 10 } },
      /would never fire/,
    ],
    [
      'too many repetitions',
      { insistence: { kind: 'repeat', times: 1001, withinSeconds: 9999 } },
      /at most 1000/,
    ],
    [
      'a silence that has to last, too',
      { condition: { kind: 'no-data', forSeconds: 9 }, insistence: { kind: 'duration', seconds: 9 } },
      /at-once only/,
    ],
    ['an escalation to what it is', { escalation: { afterSeconds: 60, to: 'major' } }, /worse severity/],
    ['an escalation at once', { escalation: { afterSeconds: 0, to: 'critical' } }, /is a severity/],
    ['a circle without radius', fence({ radiusMetres: 0 }), /has a radius/],
    ['a margin that fills the circle', fence({ marginMetres: 100 }), /would never end/],
    ['a place that is none', fence({ latitude: 91 }), /<=90/],
    [
      'a polygon on a line',
      {
        condition: {
          kind: 'geofence',
          fence: {
            shape: 'polygon',
            corners: [
              [0, 0],
              [1, 1],
              [2, 2],
            ],
          },
        },
      },
      /on a line/,
    ],
    ['a field that nobody knows', { until: 5 }, /Unrecognized key/],
  ];
  for (const [what, changes, sentence] of wrong)
    it(`may not have ${what}`, () => {
      expect(complaint(changes)).to.match(sentence);
    });

  it('is about devices that fit all it says', () => {
    const device = { id: 'press-07', tenant: 'acme', type: 'press', groups: ['hall-7'] };
    const fits = (changes: object): boolean => concerns(alertRule(changes), device);
    for (const devices of [{}, { type: 'press' }, { group: 'hall-7' }, { device: 'press-07', type: 'press' }])
      expect(fits({ tenant: 'acme', devices }), JSON.stringify(devices)).to.equal(true);
    for (const devices of [{ type: 'pump' }, { group: 'hall-8' }, { device: 'press-07', type: 'pump' }])
      expect(fits({ devices }), JSON.stringify(devices)).to.equal(false);
    expect(fits({ tenant: 'other' })).to.equal(false);
  });
});
