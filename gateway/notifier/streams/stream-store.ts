import type { Pool } from 'mariadb';

import type { Time } from '../../../network/time.ts';
import {
  cursorsAhead,
  devicesOfTypes,
  followedBatch,
  type StoredStream,
  streamsWithWork,
} from '../../../sql/queries/streams.ts';
import { transactions } from '../../../sql/transaction.ts';
import { moveCursor, noteDelivery, noteNotTaken, noteTaken } from '../../../sql/writers/streams.ts';
import type { StreamStore } from './forwarder.ts';
import { type ReadFollowed, recentBatches } from './recent-batches.ts';
import { concerns, selected, type SelectedBatch } from './selection.ts';

export function sqlStreamStore(pool: Pool, time: Pick<Time, 'now'>): StreamStore {
  const transact = transactions(pool);
  const read = recentBatches(
    (place) => followedBatch(pool, place),
    () => time.now(),
  );
  return {
    due: () => streamsWithWork(pool),
    cursors: (stream) => cursorsAhead(pool, stream),
    batch: (stream, place) => selectedBatch({ pool, read }, stream, place),
    begun: (place, stretch) => noteDelivery(pool, place, stretch),
    moved: (place, stretch, taken) =>
      transact(async (transaction) => {
        // The stream first: a cursor that is made locks it for reading, and two who then want to write would wait for each other.
        if (taken) await noteTaken(transaction, place.stream, time.now());
        await moveCursor(transaction, place, stretch);
      }),
    failed: (stream, failure) => noteNotTaken(pool, stream, { failure, now: time.now() }),
  };
}

async function selectedBatch(
  { pool, read }: { pool: Pool; read: ReadFollowed },
  stream: StoredStream,
  place: { log: string; from: number },
): Promise<SelectedBatch | undefined> {
  const batch = await read(place);
  if (batch === undefined) return undefined;
  const { types } = stream.filter;
  if (types === null) return selected(stream, batch, undefined);
  const concerned = (batch.messages ?? []).filter((message) => concerns(stream, message));
  const devices = [...new Set(concerned.map(({ device }) => device))];
  return selected(stream, batch, await devicesOfTypes(pool, devices, types));
}
