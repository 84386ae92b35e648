import { toHex } from '../../chaincode/protocol/hash.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { rangesOf, rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { encodeWitness } from '../../chaincode/protocol/witness.ts';
import type { LogHead, TelemetryBatch } from '../../sql/writers/batches.ts';
import type { PendingMessage } from './pending-message.ts';

/**
 * Makes the batch that follows `head` in a log: one leaf a message, in the order given.
 *
 * @param messages at least one
 * @param createdAt milliseconds since the Unix epoch
 */
export function seal(
  { logId, head, createdAt }: { logId: string; head: LogHead; createdAt: number },
  messages: readonly PendingMessage[],
): TelemetryBatch {
  const ranges = rangesOf(messages);
  const instants = messages.map(({ ts }) => ts);
  return {
    header: {
      logId,
      sequence: head.nextSequence,
      size: messages.length,
      root: toHex(merkleRoot(messages.map(({ leaf }) => leaf))),
      previous: head.previous,
      ranges: toHex(rangesRoot(ranges)),
    },
    messages,
    ranges,
    witness: encodeWitness(messages.map(({ canonical }) => canonical)),
    earliest: instants.reduce((least, instant) => Math.min(least, instant)),
    latest: instants.reduce((most, instant) => Math.max(most, instant)),
    readings: messages.reduce((count, { values }) => count + values.length, 0),
    createdAt,
  };
}
