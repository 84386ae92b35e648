import { expect } from 'chai';
import fc from 'fast-check';

import { Lane } from './lane.ts';
import { isHopeless, LONGEST_LIFE_MS, MOST_ATTEMPTS, retryAt } from './patience.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('patience with messages', () => {
  it('waits longer after each attempt, at most an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), random, (attempt, chance) => {
        const wait = retryAt(attempt, 1_000, chance) - 1_000;
        const most = Math.min(3_600_000, 5_000 * 2 ** (attempt - 1));
        expect(wait).to.be.within(most / 2, most);
      }),
    );
  });

  it('ends, but not within an hour', () => {
    let now = 0;
    let attempts = 1;
    while (!isHopeless({ attempts, createdAt: 0 }, now)) {
      now = retryAt(attempts, now, 0);
      attempts += 1;
    }
    expect(now).to.be.within(3_600_000, LONGEST_LIFE_MS);
    expect(attempts).to.equal(MOST_ATTEMPTS);
    expect(isHopeless({ attempts: 1, createdAt: 0 }, LONGEST_LIFE_MS)).to.equal(true);
  });
});

describe('a lane', () => {
  const PACE = { burst: 3, everyMs: 1_000 };

  it('lets a few through at once, then one at a time', () => {
    const lane = new Lane(PACE, () => 0);
    let sent = 0;
    for (let now = 0; now < 10_000; now += 100)
      while (lane.isOpen(now)) {
        lane.used(now);
        sent += 1;
      }
    expect(sent).to.equal(3 + 9);
  });

  it('closes for longer the oftener it fails, and opens when something is taken', () => {
    const lane = new Lane({ burst: 1_000, everyMs: 1 }, () => 0);
    const closedFor = (): number => {
      let ms = 0;
      while (!lane.isOpen(ms)) ms += 500;
      return ms;
    };
    const waits: number[] = [];
    for (let failures = 0; failures < 12; failures += 1) {
      lane.failed(0);
      waits.push(closedFor());
    }
    expect(waits.slice(0, 3)).to.deep.equal([2_500, 5_000, 10_000]);
    expect([waits.at(-1), lane.doubtful]).to.deep.equal([300_000, true]);
    lane.succeeded();
    lane.failed(0);
    expect(closedFor()).to.equal(2_500);
  });
});
