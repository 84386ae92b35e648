import { expect } from 'chai';
import fc from 'fast-check';

import { Lane } from './lane.ts';
import { askedUntil, isHopeless, LONGEST_LIFE_MS, MOST_ATTEMPTS, retryAt } from './patience.ts';

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

describe('being asked to come later', () => {
  const NOW = Date.parse('1994-11-06T08:49:37Z');

  it('is until an instant, or so many seconds, of an hour at most', () => {
    const asked: [string, number | undefined][] = [
      ['120', NOW + 120_000],
      [' 7 ', NOW + 7_000],
      ['Sun, 06 Nov 1994 08:50:00 GMT', NOW + 23_000],
      ['3601', NOW + 3_600_000],
      ['999999999999999', NOW + 3_600_000],
      ['Fri, 31 Dec 9999 23:59:59 GMT', NOW + 3_600_000],
    ];
    for (const [text, until] of asked) expect(askedUntil(text, NOW), text).to.equal(until);
  });

  it('is nothing where it cannot be understood, or is over', () => {
    const nothing = ['', '0', '-5', '1e9', '12.5', 'Infinity', 'tomorrow', '2099-01-01', '1'.repeat(16)];
    for (const text of [...nothing, 'Sun, 06 Nov 1994 08:49:37 GMT', 'Xyz, 99 Foo 2099 08:49:37 GMT'])
      expect(askedUntil(text, NOW), text).to.equal(undefined);
  });

  it('whatever is said, keeps a message back for no longer than its longest wait', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String)), fc.nat(), (text, now) => {
        const until = askedUntil(text, now) ?? now + 1;
        expect(until).to.be.within(now + 1, now + 3_600_000);
      }),
    );
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
    lane.succeeded();
    lane.failed(0, 60_000);
    expect(closedFor()).to.equal(60_000);
  });
});
