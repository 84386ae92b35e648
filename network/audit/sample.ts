import { createHash } from 'node:crypto';

import { byLot } from '../../chaincode/protocol/device-lot.ts';
import { rolloutIdSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { deviceIdSchema, memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Case, Surroundings } from './case.ts';
import { askEveryPage } from './pages.ts';
import { askInRounds, type Outcome } from './rounds.ts';
import { devicePage, rolloutPage } from './topics.ts';

/** Devices that one question lists: all of them by hundreds, a sample by fewer. */
const FULL_PAGE = 500;
const FIRST_PAGE = 100;
const DRAWN_PAGE = 20;
/** As many as the contract gives at one time. */
const ROLLOUT_PAGE = 100;
/** No consortium has so many devices or rollouts. */
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
      isAfter: (bookmark, before) => byLot(bookmark, before) > 0,
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
    isAfter: (bookmark, before) => bookmark > before,
    mostPages: MOST_ROLLOUT_PAGES,
  });
}

/**
 * Draws of each peer's devices as many as the scope says, for all peers by the same lot: where they show the same ones, these
 * are the same. A peer that makes up devices by the thousand makes none of another's less likely to be drawn.
 *
 * @returns ids
 */
export function drawDevices({ hearings, scope, surroundings }: Case, pages: readonly Outcome[]): string[] {
  const count = scope.devices === 'all' ? ONE_BY_ONE : scope.devices;
  const salt = String(surroundings.random());
  const lot = (id: string): string => createHash('sha256').update(`${salt} ${id}`).digest('hex');
  const drawn = hearings.flatMap(({ name }) =>
    valuesOf(pages, isDeviceId, name)
      .filter((id) => deviceIdSchema.safeParse(id).success)
      .map((id) => ({ id, lot: lot(id) }))
      .sort((one, other) => (one.lot < other.lot ? -1 : 1))
      .slice(0, count)
      .map(({ id }) => id),
  );
  return [...new Set(drawn)].sort();
}

function isDeviceId(field: string): boolean {
  return field.startsWith('devices.') && field.endsWith('.id');
}

/** @returns ids of logs that any peer named */
export function namedLogs(outcomes: readonly Outcome[]): string[] {
  const logs = valuesOf(outcomes, (field) => field.endsWith('.logId'));
  return logs.filter((log) => memberNameSchema.safeParse(log).success).sort();
}

/** The texts that a peer gave in such fields, or any peer, each once. */
function valuesOf(
  outcomes: readonly Outcome[],
  isMeant: (field: string) => boolean,
  speaker?: string,
): string[] {
  const values = outcomes.flatMap(({ rounds }) =>
    rounds
      .flat()
      .filter(({ peer }) => speaker === undefined || peer === speaker)
      .flatMap(({ facts }) =>
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
