import { expect } from 'chai';
import fc from 'fast-check';

import { dayOf, daysOf, periodOf } from './periods.ts';

const DAY = 86_400_000;

describe('the periods of a report', () => {
  const now = Date.UTC(2026, 0, 7, 12);

  it('are the week, month and quarter before this one', () => {
    expect(daysOf('week', now)).to.deep.equal({ first: '2025-12-29', last: '2026-01-04' });
    expect(daysOf('month', now)).to.deep.equal({ first: '2025-12-01', last: '2025-12-31' });
    expect(daysOf('quarter', now)).to.deep.equal({ first: '2025-10-01', last: '2025-12-31' });
  });

  it('are over, and have so many days', () => {
    const lengths = { week: [7, 7], month: [28, 31], quarter: [90, 92] } as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.constantFrom('week', 'month', 'quarter'),
        (instant, span) => {
          const period = periodOf(daysOf(span, instant));
          if (typeof period === 'string') throw new Error(period);
          expect((period.to - period.from) / DAY).to.be.within(lengths[span][0], lengths[span][1]);
          expect(period.to).to.be.at.most(instant);
          expect(instant - period.to).to.be.below(93 * DAY);
        },
      ),
    );
  });

  it('take in both days, and are refused with a sentence', () => {
    const first = dayOf(now);
    expect(periodOf({ first, last: first })).to.deep.equal({
      from: Date.UTC(2026, 0, 7),
      to: Date.UTC(2026, 0, 8),
    });
    expect(periodOf({ first, last: '2026-01-06' })).to.match(/after/);
    expect(periodOf({ first: '', last: first })).to.match(/Choose/);
    expect(periodOf({ first: '2024-01-01', last: first })).to.match(/366/);
  });
});
