import { expect } from 'chai';
import fc from 'fast-check';

import { timeTicks } from './time-ticks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = new Date(2026, 10, 22, 16, 14, 53).getTime();

function texts(from: number, to: number, most: number): string[] {
  const { instants, label } = timeTicks(from, to, most);
  return instants.map(label);
}

describe('time ticks', () => {
  it('are whole minutes over five minutes, wherever the axis begins', () => {
    expect(texts(FROM, FROM + 5 * MINUTE, 6)).to.deep.equal(['16:15', '16:16', '16:17', '16:18', '16:19']);
  });

  it('stay where they are while the axis moves on', () => {
    const before = timeTicks(FROM, FROM + 5 * MINUTE, 6).instants;
    const after = timeTicks(FROM + 1_500, FROM + 5 * MINUTE + 1_500, 6).instants;
    expect(after).to.deep.equal(before);
  });

  it('say the date where a new day begins', () => {
    expect(texts(FROM, FROM + DAY, 5)).to.deep.equal(['18:00', '23 Nov', '06:00', '12:00']);
  });

  it('are days over a week and months over a year', () => {
    expect(texts(FROM, FROM + 7 * DAY, 8)[0]).to.equal('23 Nov');
    expect(texts(FROM, FROM + 365 * DAY, 4)).to.deep.equal(['Jan 2027', 'Apr 2027', 'Jul 2027', 'Oct 2027']);
  });

  it('are never more than asked for, nor outside the axis, over any range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 20 * 365 }).map((days) => (days * DAY) / 20),
        fc.integer({ min: 2, max: 12 }),
        (from, length, most) => {
          const { instants } = timeTicks(from, from + length, most);
          // One more may fit when both ends are on ticks.
          expect(instants.length).to.be.at.most(most + 1);
          expect(instants.every((instant) => instant >= from && instant <= from + length)).to.equal(true);
        },
      ),
    );
  });
});
