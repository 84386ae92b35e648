import { expect } from 'chai';
import fc from 'fast-check';

import type { Announcement } from '../../chaincode/protocol/presence/announcement.ts';
import {
  announced,
  type Circumstances,
  doubted,
  elapsed,
  heard,
  type Presence,
  waited,
  waits,
} from './presence.ts';

const START = 1_000_000;
const online = (connection?: string): Announcement => ({
  state: 'online',
  ...(connection !== undefined && { connection }),
});
const lost = (connection?: string): Announcement => ({
  ...{ state: 'offline', reason: 'lost' },
  ...(connection !== undefined && { connection }),
});

function says(
  known: Presence | undefined,
  announcement: Announcement,
  at = START,
  retained = false,
): Presence {
  return announced(known, { announcement, at, retained });
}

function after(known: Presence, ms: number, more: Partial<Circumstances> = {}): Presence {
  const now = START + ms;
  return elapsed(known, { now, listening: START, allowanceMs: 60_000, admitted: true, ...more });
}

describe('presence of a device', () => {
  it('survives a connection that is lost and made again in time, and ends seconds after one that is not', () => {
    const dropped = says(says(undefined, online('a')), lost('a'));
    expect(after(dropped, 4_000).state).to.equal('online');
    expect(after(says(dropped, online('b'), START + 1_000), 60_000).state).to.equal('online');
    expect(after(dropped, 5_000)).to.include({ state: 'offline', reason: 'lost', since: START + 5_000 });
  });

  it('is not ended by the will of an earlier connection', () => {
    const again = says(says(undefined, online('a')), online('b'));
    expect(says(again, lost('a'))).to.deep.equal(again);
  });

  it('ends at once when the device says good-bye, and sleeps as long as it says', () => {
    const there = says(undefined, online('a'));
    expect(says(there, { state: 'offline', reason: 'closed', connection: 'a' })).to.include({
      state: 'offline',
      reason: 'closed',
    });
    const asleep = says(there, { state: 'sleeping', seconds: 100 });
    expect(says(asleep, lost('a')).state).to.equal('sleeping');
    expect(after(asleep, 110_000)).to.include({ state: 'sleeping', wakesAt: START + 100_000 });
    expect(after(asleep, 131_000)).to.include({ state: 'offline', reason: 'overslept', wakesAt: null });
    expect(heard(asleep, START + 50_000)).to.include({ state: 'online', wakesAt: null });
  });

  it('without a connection lasts as long as something is heard, and no longer than is expected', () => {
    const there = heard(heard(undefined, START), START + 30_000);
    expect(after(there, 90_000).state).to.equal('online');
    expect(after(there, 90_001)).to.include({ state: 'offline', reason: 'silence' });
    expect(after(there, 150_000, { listening: START + 100_000 }).state).to.equal('online');
  });

  it('without a connection lasts as long as the device waits for orders, and then as long as is expected', () => {
    const there = waits(undefined, START, START + 330_000);
    expect(there).to.include({ state: 'online', since: START, seen: START });
    expect(after(there, 390_000).state).to.equal('online');
    expect(after(there, 390_001)).to.include({ state: 'offline', reason: 'silence', waitsUntil: null });
    expect(after(waits(there, START + 1, START + 2), 390_000).state, 'it waits in two ways').to.equal(
      'online',
    );
  });

  it('ends sooner when a wait ends sooner, and not for who has none', () => {
    const over = waited(waits(undefined, START, START + 330_000), START + 10_000);
    expect(after(over, 70_000).state).to.equal('online');
    expect(after(over, 70_001).reason).to.equal('silence');
    expect(waited(over, START + 20_000)).to.equal(over);
  });

  it('of who waits for orders outlasts a connection and the broker, but not the device’s own word', () => {
    const there = waits(says(undefined, online('a')), START, START + 60_000);
    expect(after(says(there, lost('a')), 60_000).state).to.equal('online');
    expect(after(doubted(there, START), 60_000).state).to.equal('online');
    expect(says(there, { state: 'offline', reason: 'closed' })).to.include({
      state: 'offline',
      waitsUntil: null,
    });
    expect(after(says(there, { state: 'sleeping', seconds: 1 }), 31_001).reason).to.equal('overslept');
    expect(after(there, 1, { admitted: false }).reason).to.equal('turned away');
  });

  it('is doubted for a while when nobody could watch, and what the broker has kept dispels that', () => {
    const there = doubted(says(undefined, online('a')), START);
    expect(after(there, 29_999).state).to.equal('online');
    expect(after(there, 30_000)).to.include({ state: 'offline', reason: 'lost' });
    expect(after(says(there, online('a'), START + 1, true), 3_600_000).state).to.equal('online');
    expect(after(says(there, lost('a'), START + 1, true), 5_001).reason).to.equal('lost');
  });

  it('is not ended by what the broker has kept while something else was heard', () => {
    const there = heard(undefined, START);
    expect(says(there, { state: 'offline', reason: 'closed' }, START + 1, true)).to.equal(there);
  });

  it('ends when the ledger turns the device away', () => {
    expect(after(says(undefined, online('a')), 1, { admitted: false })).to.include({
      state: 'offline',
      reason: 'turned away',
    });
  });

  const connection = fc.constantFrom('a', 'b', undefined);
  const announcement: fc.Arbitrary<Announcement> = fc.oneof(
    connection.map(online),
    connection.map(lost),
    fc.constant<Announcement>({ state: 'offline', reason: 'closed' }),
    fc.integer({ min: 1, max: 500 }).map((seconds): Announcement => ({ state: 'sleeping', seconds })),
  );
  type Happening = (known: Presence | undefined, at: number) => Presence;
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    fc.constant(heard),
    fc.nat(100_000).map(
      (ms): Happening =>
        (known, at) =>
          waits(known, at, at + ms),
    ),
    fc.constant<Happening>((known, at) => (known === undefined ? heard(known, at) : waited(known, at))),
    fc.tuple(announcement, fc.boolean()).map(
      ([said, retained]): Happening =>
        (known, at) =>
          announced(known, { announcement: said, at, retained }),
    ),
    fc.constant<Happening>((known, at) => (known === undefined ? heard(known, at) : doubted(known, at))),
    fc.constant<Happening>((known, at) =>
      elapsed(known ?? heard(known, at), {
        ...{ now: at, listening: START, allowanceMs: 60_000, admitted: true },
      }),
    ),
  );

  it('says one thing at a time, and its beginning never lies ahead or goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(happening, fc.nat(100_000)), { minLength: 1 }), (story) => {
        let now = START;
        let known: Presence | undefined;
        for (const [happens, later] of story) {
          now += later;
          const next = happens(known, now);
          expect(next.reason === null).to.equal(next.state !== 'offline');
          expect(next.wakesAt === null).to.equal(next.state !== 'sleeping');
          if (next.state === 'offline')
            expect(next).to.include({ connection: null, doubtedUntil: null, waitsUntil: null });
          expect(next.since).to.be.within(known?.since ?? START, now);
          if (next.state === known?.state) expect(next.since).to.equal(known.since);
          known = next;
        }
      }),
    );
  });

  it('ends for whoever is neither connected nor heard, whatever was said before', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1 }), (story) => {
        let known: Presence | undefined;
        for (const happens of story) known = happens(known, START);
        if (known === undefined || known.connection !== null) return;
        expect(after(known, 3_600_000).state).to.equal('offline');
      }),
    );
  });
});
