import { expect } from 'chai';
import fc from 'fast-check';

import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { ORGANISATION_NAMES, type OrganisationName } from '../home/organisations.ts';
import { compareRounds } from './comparison.ts';
import { Hearing } from './hearing.ts';
import { askEveryPage, type Pages } from './pages.ts';
import type { Outcome } from './rounds.ts';
import { devicePage } from './topics.ts';
import { altering, bookmarking, type Twist, witnessOf, World } from './world.fixture.ts';

const SIZE = 10;
const MOST_PAGES = 9;
const idOf = (number: number): string => `press-${String(number).padStart(4, '0')}`;

/** Peers that know `count` devices, by tens. */
function ask(twists: Partial<Record<OrganisationName, Twist>>, count = 55): Promise<Outcome[]> {
  const world = new World(1);
  world.devices = Array.from({ length: count }, (_, index) => ({ id: idOf(index), status: 'active' }));
  const hearings = ORGANISATION_NAMES.map((name) => {
    const twist = twists[name];
    return new Hearing(witnessOf(world, name, twist === undefined ? {} : { twist }));
  });
  const pages: Pages = {
    page: (from) => devicePage(from, SIZE),
    bookmark: deviceIdSchema,
    isAfter: (bookmark, before) => bookmark > before,
    mostPages: MOST_PAGES,
  };
  return askEveryPage(
    {
      hearings,
      scope: { blocks: 0, devices: 'all', patienceMs: 0 },
      surroundings: { clock: () => 0, pause: () => Promise.resolve(), random: () => 0 },
    },
    pages,
  );
}

const startsOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ topic }) => topic.question.args[1] ?? '');

/** Peers that differ from the majority, or from anyone where there is none, with what they say of a device's state. */
function named(outcomes: readonly Outcome[], id: string): string[] {
  return outcomes.flatMap(({ rounds }) => {
    const verdict = compareRounds(rounds);
    if (verdict.kind !== 'outvoted' && verdict.kind !== 'split') return [];
    return verdict.peers
      .filter(({ differences }) =>
        differences.some(({ field, says }) => field === `devices.${id}.status` && says === '"altered"'),
      )
      .map(({ peer }) => peer);
  });
}

describe('a list that is asked for page by page', () => {
  const EVERY = ['', ...[10, 20, 30, 40, 50].map(idOf)];

  it('is asked for once while all say the same, whole', async () => {
    expect(startsOf(await ask({}))).to.deep.equal(EVERY);
  });

  it('is asked for up to a number of pages', async () => {
    const outcomes = await ask({}, SIZE * (MOST_PAGES + 3));
    expect(startsOf(outcomes)).to.deep.equal([
      '',
      ...Array.from({ length: MOST_PAGES - 1 }, (_, page) => idOf(SIZE * (page + 1))),
    ]);
  });

  const LIES: [what: string, Twist][] = [
    ['gives a bookmark far ahead', bookmarking(() => 'zzz')],
    ['gives one a little ahead each time', bookmarking((from) => `${from === '' ? idOf(15) : from}5`)],
    ['gives ever new ones close by', bookmarking((from) => `${from === '' ? 'press-' : from}0`)],
    ['goes back', bookmarking(() => 'a')],
    ['stays where it is', bookmarking((from) => from)],
    ['ends the list', bookmarking(() => '')],
    ['gives what is no bookmark', bookmarking(() => 'NO BOOKMARK')],
    ['refuses', () => ({ kind: 'refusal', text: 'FORBIDDEN: no' })],
    ['is silent', () => ({ kind: 'silence', reason: 'gone' })],
  ];
  for (const [what, lie] of LIES) {
    it(`has every page compared that another peer altered while one ${what}`, async () => {
      for (const id of [3, 17, 29, 54].map(idOf)) {
        const outcomes = await ask({ operator: lie, auditor: altering(id) });
        expect(startsOf(outcomes)).to.include.members(EVERY);
        expect(named(outcomes, id), id).to.include('auditor');
      }
    });
  }

  it('has every page compared whatever two peers make of their bookmarks, at a cost that is bounded', async () => {
    const end = fc.oneof(
      fc.constantFrom('', 'NO BOOKMARK'),
      fc.nat({ max: 60 }).map(idOf),
      fc.stringMatching(/^[a-z][a-z0-9-]{2,8}$/),
    );
    const ends = fc.array(end, { minLength: 1, maxLength: 12 });
    const following = (bookmarks: readonly string[]): Twist => {
      let page = 0;
      return bookmarking(() => bookmarks[page++ % bookmarks.length] ?? '');
    };
    await fc.assert(
      fc.asyncProperty(ends, ends, fc.nat({ max: 54 }), async (one, other, place) => {
        const id = idOf(place);
        const lie = following(other);
        const outcomes = await ask({
          manufacturer: following(one),
          auditor: (question, answer) => {
            const told = lie(question, answer);
            return told instanceof Uint8Array ? altering(id)(question, told) : told;
          },
        });
        expect(startsOf(outcomes)).to.include.members(EVERY);
        expect(outcomes.length).to.be.at.most(3 * MOST_PAGES);
        expect(named(outcomes, id)).to.include('auditor');
      }),
    );
  });
});
