import { expect } from 'chai';
import fc from 'fast-check';

import { rolloutDraft } from '../testing/rollouts.ts';
import { rolloutDraftSchema, type RolloutPhase } from './rollout.ts';
import { isWithin, nextPlanStep, phasesOf, type UpdateCounts } from './rollout-plan.ts';
import { isUpdateOver, UPDATE_STATES } from './rollout-state.ts';

const PHASES: RolloutPhase[] = [
  { percent: 10, successPercent: 80, failurePercent: 20 },
  { percent: 100, successPercent: 90, failurePercent: 10 },
];
const anyPhases = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
  .map((percents) => [...percents.sort((left, right) => left - right), 100])
  .chain((percents) =>
    fc.tuple(
      ...percents.map((percent) =>
        fc.record({
          percent: fc.constant(percent),
          successPercent: fc.integer({ min: 1, max: 100 }),
          failurePercent: fc.integer({ min: 1, max: 100 }),
        }),
      ),
    ),
  );
const anyDevices = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { maxLength: 60 });

describe('the order of a rollout', () => {
  it('gives each device one phase, whoever asks in whatever order', () => {
    fc.assert(
      fc.property(fc.uuid(), anyPhases, anyDevices, (id, phases, devices) => {
        const placed = phasesOf({ id, phases }, devices);
        expect([...placed.keys()].sort()).to.deep.equal([...devices].sort());
        const again = phasesOf({ id, phases }, [...devices].reverse());
        for (const [device, phase] of placed) expect(again.get(device)).to.equal(phase);
        for (const [index, { percent }] of phases.entries()) {
          const upTo = [...placed.values()].filter((phase) => phase <= index + 1).length;
          expect(upTo).to.equal(Math.ceil((devices.length * percent) / 100));
        }
      }),
    );
  });

  it('is another one for another rollout', () => {
    const devices = Array.from({ length: 100 }, (_, index) => `device-${index}`);
    const first = (id: string): string[] =>
      [...phasesOf({ id, phases: PHASES }, devices)]
        .filter(([, phase]) => phase === 1)
        .map(([device]) => device);
    expect(first('018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55')).to.have.length(10);
    expect(first('018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55')).not.to.deep.equal(
      first('018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d56'),
    );
  });
});

describe('the plan of a rollout', () => {
  const cases: readonly (readonly [string, readonly UpdateCounts[], string])[] = [
    ['begins with the first phase', [], 'open'],
    ['waits for the devices of a phase', [{ waiting: 3, succeeded: 7 }], 'wait'],
    ['goes on when enough have succeeded', [{ waiting: 2, succeeded: 8 }], 'open'],
    ['stops when too many have failed', [{ waiting: 5, succeeded: 3, failed: 1, 'rolled back': 1 }], 'stop'],
    ['stops for those that fail late', [{ succeeded: 8, failed: 2 }, { waiting: 90 }], 'stop'],
    ['stops when no more can succeed', [{ succeeded: 7, cancelled: 3 }], 'stop'],
    [
      'waits for the last one',
      [
        { succeeded: 9, failed: 1 },
        { succeeded: 89, installing: 1 },
      ],
      'wait',
    ],
    [
      'finishes with the last one',
      [
        { succeeded: 9, failed: 1 },
        { succeeded: 89, failed: 1 },
      ],
      'finish',
    ],
    ['goes through phases without devices', [{}], 'open'],
    ['finishes without devices', [{}, {}], 'finish'],
  ];
  for (const [what, open, step] of cases)
    it(what, () => {
      expect(nextPlanStep(PHASES, open)).to.equal(step);
    });

  it('stops as soon as too few of a phase can succeed, and not for that before', () => {
    const anyCounts = fc.record({
      waiting: fc.nat(50),
      installing: fc.nat(50),
      succeeded: fc.nat(50),
      failed: fc.nat(50),
      'rolled back': fc.nat(50),
    });
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 1, max: 100 }), (counts, successPercent) => {
        const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
        const failed = counts.failed + counts['rolled back'];
        const phase = { percent: 100, successPercent, failurePercent: 100 };
        const stops = (all - failed) * 100 < successPercent * all || (failed > 0 && failed === all);
        expect(nextPlanStep([phase], [counts]) === 'stop').to.equal(stops);
      }),
    );
  });

  it('never waits for devices that have all come to an end', () => {
    const anyCounts = fc.dictionary(
      fc.constantFrom(...UPDATE_STATES.filter(isUpdateOver)),
      fc.integer({ min: 0, max: 50 }),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(anyPhases, fc.array(anyCounts, { maxLength: 7 }), (phases, open) => {
        expect(nextPlanStep(phases, open.slice(0, phases.length))).not.to.equal('wait');
      }),
    );
  });
});

describe('the window of a rollout', () => {
  const at = (time: string): number => Date.parse(`2026-03-01T${time}:00Z`);
  it('is of each day, its end excluded', () => {
    const window = { from: '02:00', to: '04:30' };
    expect(['01:59', '02:00', '04:29', '04:30'].map((time) => isWithin(window, at(time)))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect(isWithin(null, at('12:00'))).to.equal(true);
  });

  it('may go past midnight', () => {
    const window = { from: '22:00', to: '04:00' };
    expect(
      ['21:59', '22:00', '00:00', '03:59', '04:00'].map((time) => isWithin(window, at(time))),
    ).to.deep.equal([false, true, true, true, false]);
  });
});

describe('the draft of a rollout', () => {
  const draft = rolloutDraft({ release: 'a'.repeat(64) });
  const taken = (fields: object): boolean => rolloutDraftSchema.safeParse({ ...draft, ...fields }).success;
  const [phase] = draft.phases;

  it('has phases that grow up to all devices', () => {
    expect(taken({ phases: [{ ...phase, percent: 10 }, phase] })).to.equal(true);
    expect(taken({ phases: [{ ...phase, percent: 10 }] })).to.equal(false);
    expect(taken({ phases: [phase, phase] })).to.equal(false);
    expect(taken({ phases: [] })).to.equal(false);
    expect(taken({ phases: [{ ...phase, successPercent: Number.NaN }] })).to.equal(false);
  });

  it('has a window that is one, a rate and times', () => {
    expect(taken({ schedule: { window: { from: '02:00', to: '04:00' } } })).to.equal(true);
    expect(taken({ schedule: { window: { from: '02:00', to: '02:00' } } })).to.equal(false);
    expect(taken({ schedule: { window: { from: '24:00', to: '02:00' } } })).to.equal(false);
    expect(taken({ ratePerMinute: 0 })).to.equal(false);
    expect(taken({ timeouts: { waiting: 0 } })).to.equal(false);
  });
});
