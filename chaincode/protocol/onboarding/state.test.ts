import { expect } from 'chai';
import fc from 'fast-check';

import { CODE_STATES, type CodeState, type CodeStep, requireExpiry, stateAfter } from './state.ts';

const EXPIRY = Date.UTC(2026, 0, 1);
const expiresAt = new Date(EXPIRY).toISOString();

function outcome(state: CodeState, step: CodeStep, now: number): unknown {
  try {
    return stateAfter({ state, expiresAt }, step, now);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

const anyStep = fc.constantFrom<CodeStep>('redeem', 'withdraw');
const anyInstant = fc.integer({ min: EXPIRY - 1000, max: EXPIRY + 1000 });

describe('what becomes of a code', () => {
  it('is laid down for every state and step', () => {
    const table = CODE_STATES.flatMap((state) =>
      (['redeem', 'withdraw'] as const).flatMap((step) =>
        [EXPIRY - 1, EXPIRY].map(
          (now) => `${state} ${step} ${now < EXPIRY}: ${String(outcome(state, step, now))}`,
        ),
      ),
    );
    expect(table).to.deep.equal([
      'open redeem true: redeemed',
      'open redeem false: CODE_EXPIRED',
      'open withdraw true: withdrawn',
      'open withdraw false: withdrawn',
      'redeemed redeem true: CODE_REDEEMED',
      'redeemed redeem false: CODE_REDEEMED',
      'redeemed withdraw true: CODE_REDEEMED',
      'redeemed withdraw false: CODE_REDEEMED',
      'withdrawn redeem true: CODE_WITHDRAWN',
      'withdrawn redeem false: CODE_WITHDRAWN',
      'withdrawn withdraw true: CODE_WITHDRAWN',
      'withdrawn withdraw false: CODE_WITHDRAWN',
    ]);
  });

  it('is decided once, whatever is tried and when', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyStep, anyInstant), { maxLength: 20 }), (tries) => {
        let state: CodeState = 'open';
        let changes = 0;
        for (const [step, now] of tries) {
          const next = outcome(state, step, now);
          const changed = CODE_STATES.find((candidate) => candidate === next);
          if (changed === undefined) continue;
          expect(state).to.equal('open');
          expect(changed).to.equal(step === 'redeem' ? 'redeemed' : 'withdrawn');
          if (step === 'redeem') expect(now).to.be.lessThan(EXPIRY);
          state = changed;
          changes += 1;
        }
        expect(changes).to.be.at.most(1);
      }),
    );
  });

  it('is no redemption at an instant that is none', () => {
    expect(outcome('open', 'redeem', Number.NaN)).to.equal('CODE_EXPIRED');
  });

  it('ends after now, and not in years', () => {
    const bounds = { now: EXPIRY, days: 90 };
    const at = (milliseconds: number): string => new Date(EXPIRY + milliseconds).toISOString();
    requireExpiry(at(1), bounds);
    requireExpiry(at(90 * 86_400_000), bounds);
    for (const wrong of [at(0), at(-1), at(90 * 86_400_000 + 1)]) {
      expect(() => {
        requireExpiry(wrong, bounds);
      })
        .to.throw('expiresAt')
        .with.property('code', 'INVALID_ARGUMENT');
    }
  });
});
