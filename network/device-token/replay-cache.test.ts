import { expect } from 'chai';
import fc from 'fast-check';
import { ReplayCache } from './replay-cache.ts';

const MINUTE = 60_000;
/** From ten seconds before a token's `iat` to ten seconds after the latest `exp` that it may have. */
const LONGEST_USE_MS = 320_000;

describe('replay cache', () => {
  it('knows a token again for as long as it may be used', () => {
    const times = fc.array(fc.nat({ max: 8 * MINUTE }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 5 }), (pauses, tokens) => {
        const cache = new ReplayCache({ since: 0 });
        const firstUse = new Map<string, number>();
        let now = 1_700_000_000_000;
        pauses.forEach((pause, index) => {
          now += pause;
          const jti = `token-${index % tokens}`;
          const used = firstUse.get(jti);
          const result = cache.remember({ device: 'press-07', jti, now });
          if (used !== undefined && now - used < LONGEST_USE_MS) expect(result).to.equal('seen');
          if (used === undefined) expect(result).to.equal('new');
          if (result === 'new') firstUse.set(jti, now);
        });
      }),
    );
  });

  it('knows one that it saw at the very end of a generation until the next has passed', () => {
    const cache = new ReplayCache({ since: 0 });
    const use = (jti: string, now: number): string => cache.remember({ device: 'press-07', jti, now });
    use('first', 0);
    use('early', 299_999);
    use('at the turn', 300_000);
    use('at the next', 600_000);
    expect(use('early', 299_999 + LONGEST_USE_MS - 1)).to.equal('seen');
  });

  it('keeps the tokens of devices apart', () => {
    const cache = new ReplayCache({ since: 0 });
    expect(cache.remember({ device: 'a', jti: 'x', now: 0 })).to.equal('new');
    expect(cache.remember({ device: 'b', jti: 'x', now: 0 })).to.equal('new');
  });

  it('takes no more than it may remember: of one device, and of all', () => {
    const cache = new ReplayCache({ since: 0, capacity: 5, perDevice: 3 });
    const use = (device: string, jti: number, now = 0): string =>
      cache.remember({ device, jti: String(jti), now });
    expect([0, 1, 2, 3].map((jti) => use('mad', jti))).to.deep.equal(['new', 'new', 'new', 'full']);
    expect(use('calm', 0)).to.equal('new');
    expect(use('other', 0)).to.equal('new');
    expect(use('late', 0)).to.equal('full');
    expect(use('mad', 1)).to.equal('seen');
    expect(use('mad', 9, LONGEST_USE_MS)).to.equal('new');
  });

  it('forgets in the end', () => {
    const cache = new ReplayCache({ since: 0, capacity: 1 });
    expect(cache.remember({ device: 'a', jti: 'x', now: 0 })).to.equal('new');
    expect(cache.remember({ device: 'a', jti: 'x', now: 60 * MINUTE })).to.equal('new');
  });
});
