/** Streams in memory. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { StreamChange } from '../../sql/writers/streams.ts';
import type { FollowedStream, StreamStore } from '../streams/stream-store.ts';

const UNTRIED = { deliveredAt: null, failedAt: null, failure: null, behind: { batches: 0, since: null } };

export class FakeStreams implements StreamStore {
  readonly rows = new Map<string, FollowedStream>();

  streams = (): Promise<FollowedStream[]> => Promise.resolve([...this.rows.values()]);

  put = ({ stream, sealedSecret }: StreamChange): Promise<void> => {
    if ((this.rows.get(stream.id)?.version ?? 0) !== stream.version - 1)
      return Promise.reject(new BiotError('VERSION_CONFLICT', 'changed meanwhile'));
    this.rows.set(stream.id, { ...UNTRIED, ...stream, sealedSecret });
    return Promise.resolve();
  };

  remove = (id: string): Promise<void> => {
    this.rows.delete(id);
    return Promise.resolve();
  };

  seal = (stream: string, secret: string): Uint8Array => Buffer.from(`${stream} ${secret}`);
}
