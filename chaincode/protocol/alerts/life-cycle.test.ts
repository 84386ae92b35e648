import { expect } from 'chai';
import fc from 'fast-check';

import { type AlertState, afterStep, type Step } from './life-cycle.ts';
import { isWorse, SEVERITIES } from './severity.ts';

const NEW: AlertState = {
  severity: 'minor',
  clearedAt: null,
  acknowledgedAt: null,
  assignee: null,
  snoozedUntil: null,
};
const DAY = 86_400_000;

function outcome(state: AlertState, step: Step, now: number): AlertState | string {
  try {
    return afterStep(state, step, now);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ kind: 'acknowledge' }, { kind: 'clear' }, { kind: 'comment' }),
  fc.record({ kind: fc.constant('escalate' as const), to: fc.constantFrom(...SEVERITIES) }),
  fc.record({ kind: fc.constant('assign' as const), assignee: fc.constantFrom('a@b', null) }),
  fc.record({ kind: fc.constant('snooze' as const), until: fc.integer({ min: -1000, max: 40 * DAY }) }),
);

describe('the life of an alert', () => {
  it('is laid down for each step in each of the four combinations', () => {
    const table = [null, 1].flatMap((clearedAt) =>
      [null, 1].flatMap((acknowledgedAt) =>
        (['acknowledge', 'clear', 'escalate', 'snooze', 'assign', 'comment'] as const).map((kind) => {
          const steps: Record<Step['kind'], Step> = {
            acknowledge: { kind: 'acknowledge' },
            clear: { kind: 'clear' },
            escalate: { kind: 'escalate', to: 'critical' },
            snooze: { kind: 'snooze', until: 9 },
            assign: { kind: 'assign', assignee: 'a@b' },
            comment: { kind: 'comment' },
          };
          const next = outcome({ ...NEW, clearedAt, acknowledgedAt }, steps[kind], 2);
          const combination = `${clearedAt === null ? 'active' : 'cleared'} ${acknowledgedAt === null ? 'new' : 'seen'}`;
          return `${combination} ${kind}: ${typeof next === 'string' ? 'refused' : 'done'}`;
        }),
      ),
    );
    expect(table).to.deep.equal([
      ...['active new acknowledge: done', 'active new clear: done', 'active new escalate: done'],
      ...['active new snooze: done', 'active new assign: done', 'active new comment: done'],
      ...['active seen acknowledge: refused', 'active seen clear: done', 'active seen escalate: refused'],
      ...['active seen snooze: done', 'active seen assign: done', 'active seen comment: done'],
      ...['cleared new acknowledge: done', 'cleared new clear: refused', 'cleared new escalate: refused'],
      ...['cleared new snooze: refused', 'cleared new assign: done', 'cleared new comment: done'],
      ...[
        'cleared seen acknowledge: refused',
        'cleared seen clear: refused',
        'cleared seen escalate: refused',
      ],
      ...['cleared seen snooze: refused', 'cleared seen assign: done', 'cleared seen comment: done'],
    ]);
  });

  it('goes one way only, whatever is tried and when', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyStep, fc.nat(DAY)), { maxLength: 30 }), (tries) => {
        let state = NEW;
        let now = 0;
        for (const [step, pause] of tries) {
          now += pause;
          const next = outcome(state, step, now);
          if (typeof next === 'string') continue;
          if (state.clearedAt !== null) expect(next.clearedAt).to.equal(state.clearedAt);
          if (state.acknowledgedAt !== null) expect(next.acknowledgedAt).to.equal(state.acknowledgedAt);
          if (next.severity !== state.severity) {
            expect(isWorse(next.severity, state.severity)).to.equal(true);
            expect([state.clearedAt, state.acknowledgedAt]).to.deep.equal([null, null]);
          }
          if (next.clearedAt !== null) expect(next.snoozedUntil).to.equal(null);
          state = next;
        }
      }),
    );
  });

  it('has a sleep that ends, and in which nothing escalates', () => {
    const asleep = afterStep(NEW, { kind: 'snooze', until: 100 }, 0);
    expect(outcome(asleep, { kind: 'escalate', to: 'critical' }, 99)).to.equal('TRANSITION_ILLEGAL');
    expect(outcome(asleep, { kind: 'escalate', to: 'critical' }, 100)).to.include({ severity: 'critical' });
    for (const until of [0, -1, 30 * DAY + 1, Number.NaN])
      expect(outcome(NEW, { kind: 'snooze', until }, 0)).to.equal('INVALID_ARGUMENT');
  });
});
