import { createHash } from 'node:crypto';

import type { Position } from '../../../sql/queries/streams.ts';
import type { StreamPlace } from '../../../sql/writers/streams.ts';
import type { Chunk } from './chunk.ts';

export interface Delivery {
  /** By which its receiver knows it again: the same stretch of the same log has the same one. */
  readonly id: string;
  /** JSON, as docs/operations.md describes it. */
  readonly body: string;
}

const ID_DIGITS = 32;

/** Without full stops, which Standard Webhooks keeps for itself. */
function idOf({ stream, log }: StreamPlace, { from, until }: Chunk): string {
  const place = ({ sequence, leaf }: Position): string => `${sequence}/${leaf}`;
  const text = `${stream} ${log} ${place(from)} ${place(until)}`;
  return `dlv_${createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS)}`;
}

/** @param now milliseconds since the Unix epoch: of the attempt */
export function deliveryOf(place: StreamPlace, chunk: Chunk, now: number): Delivery {
  const id = idOf(place, chunk);
  const { from, until, skipped, messages } = chunk;
  const to = until.leaf > 0 ? until.sequence : until.sequence - 1;
  const body = {
    type: 'telemetry',
    timestamp: new Date(now).toISOString(),
    data: {
      ...{ stream: place.stream, delivery: id, log: place.log },
      batches: { from: from.sequence, to },
      ...{ skipped, messages },
    },
  };
  return { id, body: JSON.stringify(body) };
}
