import type { z } from 'zod';

import type { Case } from './case.ts';
import { askInRounds, type Outcome } from './rounds.ts';
import type { Topic } from './topics.ts';

/** A list that a contract gives page by page. */
export interface Pages {
  /** @param from where the page begins; empty for the first page */
  readonly page: (from: string) => Topic;
  readonly bookmark: z.ZodType;
  /** Whether one comes after the other in the order of the list, as each bookmark has to. */
  readonly isAfter: (bookmark: string, before: string) => boolean;
  /** A liar could make up bookmarks for ever. */
  readonly mostPages: number;
}

/**
 * Asks for a whole list. Each peer is followed by its own bookmarks to the end that it gives itself, and every page that one
 * of them comes to is asked of all: while they say the same they go together, so that each page is asked for once.
 *
 * The attacker is a peer that gives a bookmark far ahead, or none, so that what another peer has altered on the pages in between
 * is never asked for; or ever new ones close by, until `mostPages` are spent. Either way it leads nobody but itself.
 */
export async function askEveryPage(context: Case, pages: Pages): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  let places = new Map(context.hearings.map(({ name }) => [name, '']));
  for (let turn = 0; turn < pages.mostPages && places.size > 0; turn += 1) {
    const starts = [...new Set(places.values())].filter((start) => !outcomes.has(start));
    const heard = await askInRounds(context, starts.map(pages.page));
    starts.forEach((start, index) => {
      const outcome = heard[index];
      if (outcome !== undefined) outcomes.set(start, outcome);
    });
    places = new Map([...places].flatMap(([peer, start]) => onward(peer, start, outcomes.get(start), pages)));
  }
  return [...outcomes.values()];
}

/** Where a peer says that its list goes on, by what it said last; empty when it ends there, or goes back. */
function onward(
  peer: string,
  start: string,
  outcome: Outcome | undefined,
  { bookmark, isAfter }: Pages,
): [peer: string, start: string][] {
  const said = outcome?.rounds.flat().findLast((statement) => statement.peer === peer)?.facts.bookmark;
  const next = said?.slice(1, -1);
  const goesOn = next !== undefined && bookmark.safeParse(next).success && isAfter(next, start);
  return goesOn ? [[peer, next]] : [];
}
