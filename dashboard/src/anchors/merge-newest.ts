import type { Anchor } from '../api/types.ts';

function keyOf({ logId, sequence }: Anchor): string {
  return `${logId}/${sequence}`;
}

/**
 * Puts a fresh first page on top of the list on screen.
 *
 * @returns `joined` is false when the two do not meet: batches between them are unknown, so the older part is let go
 */
export function mergeNewest(
  fresh: readonly Anchor[],
  present: readonly Anchor[],
): { anchors: readonly Anchor[]; joined: boolean } {
  const newest = new Set(fresh.map(keyOf));
  const older = present.filter((anchor) => !newest.has(keyOf(anchor)));
  const joined = older.length < present.length;
  return joined ? { anchors: [...fresh, ...older], joined } : { anchors: fresh, joined };
}
