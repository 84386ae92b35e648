/** What the gateway asks about streams: `sqlStreamStore` answers it in operation, memory in tests. */
import { sealSecret } from '../../network/notifications/secrets.ts';
import type { Database } from '../../sql/connect.ts';
import { type Behind, type StoredStream, storedStreams, streamsBehind } from '../../sql/queries/streams.ts';
import { transactions } from '../../sql/transaction.ts';
import { putStream, removeStream, type StreamChange } from '../../sql/writers/streams.ts';

export interface FollowedStream extends StoredStream {
  readonly behind: Behind;
}

/** Every method but `seal` throws BiotError DATABASE_UNAVAILABLE when the database does not answer. */
export interface StreamStore {
  /** In the order of their names. */
  streams(): Promise<FollowedStream[]>;
  /** @throws BiotError VERSION_CONFLICT as well, when somebody else was quicker */
  put(change: StreamChange): Promise<void>;
  remove(id: string): Promise<void>;
  /** For the notifier alone to open. */
  seal(stream: string, secret: string): Uint8Array;
}

const AT_THE_END: Behind = { batches: 0, since: null };

export function sqlStreamStore({ pool }: Pick<Database, 'pool'>, sealingKey: string): StreamStore {
  return {
    streams: async () => {
      const [streams, behind] = await Promise.all([storedStreams(pool), streamsBehind(pool)]);
      return streams.map((stream) => ({ ...stream, behind: behind.get(stream.id) ?? AT_THE_END }));
    },
    put: (change) => transactions(pool)((transaction) => putStream(transaction, change)),
    remove: (id) => removeStream(pool, id),
    seal: (stream, secret) => sealSecret(sealingKey, stream, secret),
  };
}
