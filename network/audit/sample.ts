import type { z } from 'zod';

import { rolloutIdSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { deviceIdSchema, memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Case, Surroundings } from './case.ts';
import { askInRounds, type Outcome } from './rounds.ts';
import { devicePage, rolloutPage, type Topic } from './topics.ts';

/** Devices that one question lists: all of them by hundreds, a sample by fewer. */
const FULL_PAGE = 500;
const FIRST_PAGE = 100;
const DRAWN_PAGE = 20;
/** As many as the contract gives at one time. */
const ROLLOUT_PAGE = 100;
/** A liar could make up bookmarks for ever, and no consortium has so many devices or rollouts. */
const MOST_DEVICE_PAGES = 10_000;
const MOST_ROLLOUT_PAGES = 100;
/** Of all devices, which the pages show, as many are also asked for one by one. */
const ONE_BY_ONE = 100;
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Asks for the whole registry, or for its first devices and for such as follow some letters drawn by lot. */
export async function askDevicePages(context: Case): Promise<Outcome[]> {
  const { scope, surroundings } = context;
  if (scope.devices === 'all')
    return askEveryPage(context, {
      page: (from) => devicePage(from, FULL_PAGE),
      bookmark: deviceIdSchema,
      mostPages: MOST_DEVICE_PAGES,
    });
  const starts = Array.from({ length: Math.ceil(scope.devices / DRAWN_PAGE) }, () =>
    someLetters(surroundings),
  );
  return askInRounds(context, [
    devicePage('', FIRST_PAGE),
    ...[...new Set(starts)].sort().map((start) => devicePage(start, DRAWN_PAGE)),
  ]);
}

/** Asks for all rollouts: people begin them, so there are never many. */
export function askRollouts(context: Case): Promise<Outcome[]> {
  return askEveryPage(context, {
    page: (from) => rolloutPage(from, ROLLOUT_PAGE),
    bookmark: rolloutIdSchema,
    mostPages: MOST_ROLLOUT_PAGES,
  });
}

interface Pages {
  readonly page: (from: string) => Topic;
  readonly bookmark: z.ZodType;
  readonly mostPages: number;
}

/** Goes on from the furthest bookmark that any peer gives: one that ends the list early does not end the audit. */
async function askEveryPage(
  context: Case,
  { page: pageFrom, bookmark: schema, mostPages }: Pages,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from: string | undefined = '', pages = 0; from !== undefined && pages < mostPages; pages += 1) {
    const page: Outcome[] = await askInRounds(context, [pageFrom(from)]);
    outcomes.push(...page);
    const start: string = from;
    from = valuesOf(page, (field) => field === 'bookmark')
      .filter((bookmark) => schema.safeParse(bookmark).success && bookmark > start)
      .sort()
      .at(-1);
  }
  return outcomes;
}

/** @returns ids of devices that any peer showed, as many as the scope says, drawn by lot */
export function drawDevices({ scope, surroundings }: Case, pages: readonly Outcome[]): string[] {
  const ids = valuesOf(pages, (field) => field.startsWith('devices.') && field.endsWith('.id'));
  const known = ids.filter((id) => deviceIdSchema.safeParse(id).success).sort();
  const count = scope.devices === 'all' ? ONE_BY_ONE : scope.devices;
  const drawn: string[] = [];
  while (drawn.length < count && known.length > 0)
    drawn.push(...known.splice(Math.floor(surroundings.random() * known.length), 1));
  return drawn.sort();
}

/** @returns ids of logs that any peer named */
export function namedLogs(outcomes: readonly Outcome[]): string[] {
  const logs = valuesOf(outcomes, (field) => field.endsWith('.logId'));
  return logs.filter((log) => memberNameSchema.safeParse(log).success).sort();
}

/** The texts that any peer gave in such fields, each once. */
function valuesOf(outcomes: readonly Outcome[], isMeant: (field: string) => boolean): string[] {
  const values = outcomes.flatMap(({ rounds }) =>
    rounds.flat().flatMap(({ facts }) =>
      Object.entries(facts)
        .filter(([field]) => isMeant(field))
        .map(([, value]) => value.slice(1, -1)),
    ),
  );
  return [...new Set(values)];
}

function someLetters({ random }: Surroundings): string {
  return Array.from({ length: 3 }, () => ID_LETTERS[Math.floor(random() * ID_LETTERS.length)] ?? 'm').join(
    '',
  );
}
