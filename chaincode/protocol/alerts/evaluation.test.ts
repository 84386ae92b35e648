import { expect } from 'chai';
import fc from 'fast-check';

import { alertRule, HOT, observation } from '../testing/alert-rules.ts';
import { elapse, isIdle, newRuleState, observe, ruleStateSchema } from './evaluation.ts';
import type { AlertRuleDefinition } from './rule.ts';

/** One reading a second of one sensor; gives what each of them does. */
function run(rule: AlertRuleDefinition, sensor: string, values: readonly number[]): (string | undefined)[] {
  const state = newRuleState();
  return values.map(
    (value, second) => observe(rule, state, observation(second * 1000, { [sensor]: value }))?.kind,
  );
}

const none = undefined;
const hot = (changes: object = {}): AlertRuleDefinition => alertRule(changes);

describe('what a rule makes of readings', () => {
  it('raises once, counts, and clears by hysteresis', () => {
    expect(run(hot(), 'temperature', [80, 81, 90, 75, 71, 85, 70, 75, 81])).to.deep.equal([
      ...[none, 'raised', 'again', none, none, 'again', 'cleared', none, 'raised'],
    ]);
    const cold = hot({ condition: { ...HOT.condition, direction: 'below', raiseAt: 5, clearAt: 8 } });
    expect(run(cold, 'temperature', [5, 4, 6, 8])).to.deep.equal([none, 'raised', none, 'cleared']);
  });

  it('waits for a duration, which a reading that is over ends', () => {
    const sut = hot({ insistence: { kind: 'duration', seconds: 3 } });
    expect(run(sut, 'temperature', [90, 90, 60, 90, 75, 90, 90])).to.deep.equal([
      ...[none, none, none, none, none, none, 'raised'],
    ]);
  });

  it('waits for repetitions within the window, a burst counting as one', () => {
    const sut = hot({ insistence: { kind: 'repeat', times: 3, withinSeconds: 4 } });
    expect(run(sut, 'temperature', [90, 60, 90, 60, 60, 90, 90, 90])).to.deep.equal([
      ...[none, none, none, none, none, none, none, 'raised'],
    ]);
    const state = newRuleState();
    for (let ms = 0; ms < 900; ms += 100)
      expect(observe(sut, state, observation(ms, { temperature: 90 }))).to.equal(none);
  });

  it('sees how fast something rises or falls', () => {
    const condition = { kind: 'rate', sensor: 'pressure', direction: 'rise', amount: 10, overSeconds: 3 };
    expect(run(hot({ condition }), 'pressure', [0, 4, 8, 12, 13, 13, 13])).to.deep.equal([
      ...[none, none, none, none, none, none, none],
    ]);
    expect(run(hot({ condition }), 'pressure', [0, 5, 10, 11, 11, 11])).to.deep.equal([
      ...[none, none, 'raised', 'cleared', none, none],
    ]);
    const falls = { ...condition, direction: 'fall' };
    expect(run(hot({ condition: falls }), 'pressure', [20, 15, 10])).to.deep.equal([none, none, 'raised']);
  });

  it('knows who left a circle, and that it has to come well inside', () => {
    const fence = { shape: 'circle', latitude: 50, longitude: 8, radiusMetres: 1000, marginMetres: 200 };
    const sut = hot({ condition: { kind: 'geofence', fence } });
    const state = newRuleState();
    // A degree of latitude has 111.2 km.
    const kinds = [0, 0.0089, 0.0091, 0.0085, 0.007].map(
      (north, index) => observe(sut, state, observation(index, { latitude: 50 + north, longitude: 8 }))?.kind,
    );
    expect(kinds).to.deep.equal([none, none, 'raised', none, 'cleared']);
    expect(observe(sut, state, observation(9, { latitude: 0 }))).to.equal(none);
  });

  it('knows who left a polygon with a notch', () => {
    const corners = [
      [0, 0],
      [0, 4],
      [4, 4],
      [2, 2],
      [4, 0],
    ];
    const sut = hot({ condition: { kind: 'geofence', fence: { shape: 'polygon', corners } } });
    const outside = ([latitude, longitude]: readonly number[]): boolean =>
      observe(sut, newRuleState(), observation(0, { latitude: latitude!, longitude: longitude! })) !== none;
    expect(
      [
        [1, 1],
        [1, 3],
        [3, 0.5],
        [3, 3.5],
      ].map(outside),
    ).to.deep.equal([false, false, false, false]);
    expect(
      [
        [3, 2],
        [5, 2],
        [-1, 2],
        [1, 5],
        [1, -1],
      ].map(outside),
    ).to.deep.equal(Array(5).fill(true));
  });

  it('notices a silence, once, and that it ended', () => {
    const sut = hot({ condition: { kind: 'no-data', forSeconds: 60 } });
    const state = newRuleState();
    expect(elapse(sut, state, { heard: 5, now: 60_004 })).to.equal(none);
    expect(elapse(sut, state, { heard: 5, now: 90_000 })).to.deep.equal({
      kind: 'raised',
      value: null,
      at: 60_005,
    });
    expect(elapse(sut, state, { heard: 5, now: 99_000 })).to.equal(none);
    expect(observe(sut, state, observation(99_500, { count: 1 }))?.kind).to.equal('cleared');
    expect(elapse(hot(), newRuleState(), { heard: 0, now: 1e12 })).to.equal(none);
  });

  it('asks who knows what is surprising', () => {
    const sut = hot({ condition: { kind: 'anomaly', sensor: 'power', threshold: 0.5 } });
    const reading = observation(0, { power: 3 });
    expect(observe(sut, newRuleState(), reading)).to.equal(none);
    const explanation = { expected: 1, came: 3 };
    expect(observe(sut, newRuleState(), reading, () => ({ standing: 'met', explanation }))).to.deep.equal({
      kind: 'raised',
      value: 3,
      at: 0,
      explanation,
    });
  });

  const anyRule = fc
    .record({
      direction: fc.constantFrom('above', 'below'),
      band: fc.integer({ min: 0, max: 20 }),
      insistence: fc.oneof(
        fc.constant({ kind: 'at-once' }),
        fc.record({ kind: fc.constant('duration'), seconds: fc.integer({ min: 1, max: 5 }) }),
        fc.record({
          kind: fc.constant('repeat'),
          times: fc.integer({ min: 2, max: 5 }),
          withinSeconds: fc.constant(9),
        }),
      ),
      rate: fc.boolean(),
    })
    .map(({ direction, band, insistence, rate }) =>
      hot({
        insistence,
        condition: rate
          ? { kind: 'rate', sensor: 'temperature', direction: 'rise', amount: 10, overSeconds: 5 }
          : {
              ...HOT.condition,
              direction,
              raiseAt: 50,
              clearAt: direction === 'above' ? 50 - band : 50 + band,
            },
      }),
    );
  const anyReadings = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 100 })),
    {
      maxLength: 60,
    },
  );

  it('raises and clears by turns, whatever comes, with a state that is bounded and survives being written down', () => {
    fc.assert(
      fc.property(anyRule, anyReadings, (rule, readings) => {
        const state = newRuleState();
        let copy = newRuleState();
        let active = false;
        let ts = 0;
        for (const [pause, temperature] of readings) {
          ts += pause;
          const change = observe(rule, state, observation(ts, { temperature }));
          copy = ruleStateSchema.parse(JSON.parse(JSON.stringify(copy)));
          expect(observe(rule, copy, observation(ts, { temperature }))).to.deep.equal(change);
          expect(change?.kind === 'raised').to.equal(!active && state.firing);
          if (change?.kind === 'again') expect(active).to.equal(true);
          expect(change?.kind === 'cleared').to.equal(active && !state.firing);
          active = state.firing;
          expect(state.metAt.length).to.be.at.most(5);
          expect(state.stretch.length).to.be.at.most(33);
          if (isIdle(state)) expect(state).to.deep.equal(newRuleState());
        }
      }),
    );
  });

  it('sees each change over its stretch, to within a part of it', () => {
    const [LENGTH, PART] = [5_000, 5_000 / 32];
    const direction = fc.constantFrom('rise', 'fall');
    fc.assert(
      fc.property(direction, anyReadings, (direction, steps) => {
        const sign = direction === 'rise' ? 1 : -1;
        const condition = { kind: 'rate', sensor: 'temperature', direction, amount: 10, overSeconds: 5 };
        const [rule, state] = [hot({ condition }), newRuleState()];
        let ts = 0;
        const readings = steps.map(([pause, value]) => ({ ts: (ts += pause / 20), value }));
        readings.forEach((now, index) => {
          const changeOver = (length: number): number =>
            Math.max(
              ...readings
                .slice(0, index + 1)
                .filter((each) => each.ts > now.ts - length)
                .map((each) => sign * (now.value - each.value)),
            );
          observe(rule, state, observation(now.ts, { temperature: now.value }));
          if (changeOver(LENGTH - PART) >= 10) expect(state.firing).to.equal(true);
          if (changeOver(LENGTH) < 10) expect(state.firing).to.equal(false);
        });
      }),
    );
  });
});
