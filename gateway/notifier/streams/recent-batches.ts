import type { FollowedBatch } from '../../../sql/queries/streams.ts';

/** @returns the first batch of a log from a number on, if there is one already */
export type ReadFollowed = (place: { log: string; from: number }) => Promise<FollowedBatch | undefined>;

/** Streams that keep up want the same ones. A batch has 16,384 messages at most. */
const MOST_BATCHES = 3;
/** So that what retention takes is soon gone here, too. */
const KEPT_MS = 10_000;

/** Reads and decodes a batch once for all streams that want it at about the same time. */
export function recentBatches(read: ReadFollowed, now: () => number): ReadFollowed {
  const recent = new Map<string, { readonly at: number; readonly batch: ReturnType<ReadFollowed> }>();
  return async (place) => {
    const key = JSON.stringify([place.log, place.from]);
    const known = recent.get(key);
    const entry =
      known !== undefined && now() - known.at < KEPT_MS ? known : { at: now(), batch: read(place) };
    // The one that was wanted longest ago is first.
    recent.delete(key);
    recent.set(key, entry);
    for (const oldest of [...recent.keys()].slice(0, -MOST_BATCHES)) recent.delete(oldest);
    let batch: FollowedBatch | undefined;
    try {
      batch = await entry.batch;
      return batch;
    } finally {
      // What is not there yet comes, and what failed is tried again.
      if (batch === undefined && recent.get(key) === entry) recent.delete(key);
    }
  };
}
