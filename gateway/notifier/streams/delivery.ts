import { createHash } from 'node:crypto';

import type { Stream } from '../../../chaincode/protocol/streams/stream.ts';
import type { Position } from '../../../sql/queries/streams.ts';
import type { Chunk } from './chunk.ts';

export interface Delivery {
  /** By which its receiver knows it again: the same stretch of the same log, filtered in the same way, has the same one. */
  readonly id: string;
  /** JSON, as docs/operations.md describes it. */
  readonly body: string;
}

const ID_DIGITS = 32;

/** Where it comes from. */
interface Source {
  readonly stream: Pick<Stream, 'id' | 'filter'>;
  readonly log: string;
}

/** Without full stops, which Standard Webhooks keeps for itself. */
function idOf({ stream, log }: Source, { from, until }: Chunk): string {
  const place = ({ sequence, leaf }: Position): string => `${sequence}/${leaf}`;
  const { types, devices, sensors } = stream.filter;
  const filter = JSON.stringify([types, devices, sensors]);
  const text = `${stream.id} ${log} ${place(from)} ${place(until)} ${filter}`;
  return `dlv_${createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS)}`;
}

/** @param now milliseconds since the Unix epoch: of the attempt */
export function deliveryOf(source: Source, chunk: Chunk, now: number): Delivery {
  const id = idOf(source, chunk);
  const { from, until, skipped, messages } = chunk;
  const to = until.leaf > 0 ? until.sequence : until.sequence - 1;
  const body = {
    type: 'telemetry',
    timestamp: new Date(now).toISOString(),
    data: {
      ...{ stream: source.stream.id, delivery: id, log: source.log },
      batches: { from: from.sequence, to },
      ...{ skipped, messages },
    },
  };
  return { id, body: JSON.stringify(body) };
}
