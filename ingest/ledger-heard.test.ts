import { expect } from 'chai';

import { ledgerHeard } from './ledger-heard.ts';
import { ManualTime } from './testing/manual-time.ts';

describe('the wait for the ledger at the start', () => {
  let time: ManualTime;
  let heardAt: number | undefined;
  let over: boolean;
  beforeEach(() => {
    time = new ManualTime();
    heardAt = undefined;
    over = false;
    const silentMs = (): number => (heardAt === undefined ? 800 + time.elapsed() : time.elapsed() - heardAt);
    const mirror = { freshness: () => ({ fresh: true, silentMs: silentMs(), height: 7 }) };
    void ledgerHeard(mirror, time, new AbortController().signal).then(() => (over = true));
  });

  it('is not over with what an earlier run had heard a moment ago', async () => {
    await time.advance(2_000);
    expect(over).to.equal(false);
    heardAt = time.elapsed();
    await time.advance(50);
    expect(over).to.equal(true);
  });

  it('has an end when the ledger is silent', async () => {
    await time.advance(4_900);
    expect(over).to.equal(false);
    await time.advance(200);
    expect(over).to.equal(true);
  });
});
