import { expect } from 'chai';
import fc from 'fast-check';

import { createDetector, type Detector, restoreDetector } from './detector.ts';
import type { AnomalyVerdict } from './verdict.ts';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1);
const BOUND = 16 * 1024;

interface Reading {
  readonly ts: number;
  readonly value: number;
}

/** Every five minutes; deterministic noise between -1 and 1. */
function series(length: number, value: (index: number, noise: number) => number, minutes = 5): Reading[] {
  let state = 12_345;
  return Array.from({ length }, (_, index) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return { ts: START + index * minutes * MINUTE, value: value(index, state / 2 ** 31 - 1) };
  });
}

function observeAll(detector: Detector, readings: readonly Reading[]): AnomalyVerdict[] {
  return readings.map(({ ts, value }) => detector.observe(ts, value));
}

/** Indices of readings at which anomalies begin, and why. */
function anomalies(readings: readonly Reading[]): (readonly [number, string | null])[] {
  return observeAll(createDetector(), readings).flatMap(({ anomalous, reason }, index) =>
    anomalous ? [[index, reason] as const] : [],
  );
}

/** Anything that a sensor may send, at any time: gaps, repetitions, the past. */
const readingsOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Reading[]> =>
  fc
    .array(fc.tuple(fc.constantFrom(0, 1, 1000, 300_000, 86_400_000, -5000), value), {
      minLength: 200,
      maxLength: 600,
    })
    .map((steps) => {
      let ts = START;
      return steps.map(([step, measured]) => ({ ts: (ts += step), value: measured }));
    });
const anyValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
  fc.constantFrom(0, 1, -1, 1e-300, 5e-324, 21.5),
  fc.integer({ min: -3, max: 3 }),
);
/** Numbers that can be doubled, shifted and turned round without rounding. */
const plainValue = fc.integer({ min: -1000, max: 1000 }).map((eighths) => eighths / 8);

describe('anomaly detector', () => {
  it('never says anything that is no number, whatever comes', () => {
    fc.assert(
      fc.property(readingsOf(anyValue), (readings) => {
        for (const { score, ongoing, explanation } of observeAll(createDetector(), readings)) {
          expect(score).to.be.within(0, 1);
          expect(explanation !== null).to.equal(ongoing);
          if (explanation === null) continue;
          const { came, expected, low, high } = explanation;
          for (const number of [came, expected, low, high]) expect(number).to.satisfy(Number.isFinite);
          expect(low).to.be.at.most(high);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('goes on after a restart as if there had been none, from a bounded snapshot', () => {
    fc.assert(
      fc.property(readingsOf(anyValue), fc.nat(), (readings, at) => {
        const [before, after] = [readings.slice(0, at % 600), readings.slice(at % 600)];
        const detector = createDetector();
        observeAll(detector, before);
        const text = JSON.stringify(detector.snapshot());
        expect(text.length).to.be.below(BOUND);
        const restored = restoreDetector(JSON.parse(text));
        expect(observeAll(restored, after)).to.deep.equal(observeAll(detector, after));
        expect(restored.snapshot()).to.deep.equal(detector.snapshot());
      }),
      { numRuns: 50 },
    );
  });

  for (const [title, change] of [
    ['other units', (value: number) => value * 1024],
    ['much smaller units', (value: number) => value / 2 ** 20],
    ['another zero', (value: number) => value + 4096],
    ['the other way round', (value: number) => -value],
  ] as const) {
    it(`says the same of readings in ${title}`, () => {
      fc.assert(
        fc.property(readingsOf(plainValue), (readings) => {
          const changed = readings.map(({ ts, value }) => ({ ts, value: change(value) }));
          const scores = observeAll(createDetector(), readings).map(({ score }) => score);
          observeAll(createDetector(), changed).forEach(({ score }, index) => {
            expect(score).to.be.closeTo(scores[index]!, 1e-6);
          });
        }),
        { numRuns: 25 },
      );
    });
  }

  it('is silent while it warms up', () => {
    const readings = series(280, (index, noise) => (index % 40 === 39 ? 1000 : noise));
    for (const { ready, score, anomalous } of observeAll(createDetector(), readings))
      expect([ready, score, anomalous]).to.deep.equal([false, 0, false]);
  });

  it('says what was expected and what came', () => {
    const readings = series(2000, (index, noise) => 20 + noise + (index === 1500 ? 30 : 0));
    expect(anomalies(readings)).to.deep.equal([[1500, 'spike']]);
    const verdict = observeAll(createDetector(), readings)[1500]!;
    expect(verdict.ongoing).to.equal(true);
    const { measured, came, expected, low, high } = verdict.explanation!;
    expect([measured, came]).to.deep.equal(['value', readings[1500]!.value]);
    expect(expected).to.be.within(18, 22);
    expect(low).to.be.within(10, 19);
    expect(high).to.be.within(21, 30);
  });

  it('makes one anomaly of a stretch, and another one of what comes later', () => {
    const within = (index: number, from: number): boolean =>
      index >= from && index < from + 60 && index % 4 === 0;
    const readings = series(
      4000,
      (index, noise) => noise + (within(index, 1500) || within(index, 3000) ? 50 : 0),
    );
    expect(anomalies(readings).map(([index]) => index)).to.deep.equal([1500, 3000]);
    const verdicts = observeAll(createDetector(), readings);
    expect(verdicts[1650]!.ongoing).to.equal(true);
    expect(verdicts[2990]!.ongoing).to.equal(false);
  });

  for (const [title, reason, value] of [
    ['a level shift', ['spike', 'level shift'], (index, noise) => noise + (index >= 2000 ? 4 : 0)],
    [
      'a slow drift',
      ['level shift', 'drift', 'extreme'],
      (index, noise) => noise + Math.max(index - 2000, 0) / 25,
    ],
    ['more noise', ['spike', 'noise', 'extreme'], (index, noise) => noise * (index >= 2000 ? 5 : 1)],
    ['a sensor that is stuck', ['flat'], (index, noise) => (index >= 2000 ? 0.3 : noise)],
    [
      'a first change after a long silence',
      ['spike', 'level shift', 'drift'],
      (index) => (index >= 2000 ? 1 : 0),
    ],
  ] satisfies [string, string[], (index: number, noise: number) => number][]) {
    it(`finds ${title}`, () => {
      const found = anomalies(series(2600, value));
      expect(found).to.have.length.within(1, 2);
      expect(found[0]![0]).to.be.within(2000, 2150);
      expect(found[0]![1]).to.be.oneOf(reason);
    });
  }

  it('knows the day, and misses what should have come', () => {
    const busy = (index: number): boolean => index % 288 >= 96 && index % 288 < 192;
    const readings = series(
      288 * 20,
      (index, noise) => (busy(index) && Math.floor(index / 288) !== 15 ? 80 : 20) + 3 * noise,
    );
    const found = anomalies(readings).filter(([index]) => index > 288 * 7);
    expect(found[0]![0]).to.be.within(15 * 288 + 96, 15 * 288 + 110);
    expect(found).to.have.length.at.most(2);
  });

  it('knows the week', () => {
    const weekend = (index: number): boolean => Math.floor(index / 48) % 7 >= 5;
    const lazy = (index: number): boolean => weekend(index) || Math.floor(index / 48) === 44;
    const busy = (index: number): boolean => index % 48 >= 16 && index % 48 < 36 && !lazy(index);
    const readings = series(48 * 60, (index, noise) => (busy(index) ? 80 : 20) + 3 * noise, 30);
    const found = anomalies(readings).filter(([index]) => index > 48 * 30);
    expect(found[0]![0]).to.be.within(44 * 48 + 14, 44 * 48 + 20);
    expect(found).to.have.length.at.most(2);
  });

  for (const [title, value] of [
    ['a constant', () => 21],
    ['plain noise', (_, noise) => noise],
    ['steps of a coarse sensor', (_, noise) => Math.round(21 + 0.7 * noise)],
    ['a switch', (index) => Math.floor(index / 12) % 2],
    ['a day', (index, noise) => 8 * Math.sin((2 * Math.PI * index) / 288) + noise],
  ] satisfies [string, (index: number, noise: number) => number][]) {
    it(`finds nothing in ${title}`, () => {
      expect(anomalies(series(5000, value)).filter(([index]) => index > 750)).to.deep.equal([]);
    });
  }

  it('takes a gap for what it is', () => {
    const readings = series(4000, (_, noise) => noise).map(({ ts, value }, index) => ({
      ts: ts + (index >= 2500 ? 40 * 60 * MINUTE : 0),
      value,
    }));
    expect(anomalies(readings)).to.deep.equal([]);
  });

  it('refuses a threshold or a snapshot that is none', () => {
    for (const threshold of [0, 1, -1, Number.NaN])
      expect(() => createDetector({ threshold })).to.throw('a threshold lies above 0');
    for (const snapshot of [null, {}, { ...createDetector().snapshot(), version: 2 }, '{}'])
      expect(() => restoreDetector(snapshot)).to.throw('no snapshot');
  });

  it('finds less with a higher threshold', () => {
    const readings = series(3000, (index, noise) => noise + (index % 900 === 899 ? index / 300 : 0));
    const count = (threshold: number): number =>
      observeAll(createDetector({ threshold }), readings).filter(({ anomalous }) => anomalous).length;
    expect(count(0.3)).to.be.above(count(0.9));
    expect(count(0.9)).to.equal(0);
  });
});
