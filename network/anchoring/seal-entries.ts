import { encodeAuditEntry, NO_RANGES, type RawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { leafHash, merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { encodeWitness } from '../../chaincode/protocol/witness.ts';
import type { AuditBatch } from '../../sql/writers/audit-logs.ts';
import type { LogHead } from '../../sql/writers/batches.ts';

/**
 * Makes the batch that follows `head` in a log: one leaf an entry, in the order given.
 *
 * @param entries at least one
 * @param createdAt milliseconds since the Unix epoch
 */
export function sealEntries(
  { logId, head, createdAt }: { logId: string; head: LogHead; createdAt: number },
  entries: readonly RawAuditEntry[],
): AuditBatch {
  const canonical = entries.map(encodeAuditEntry);
  const instants = entries.map(({ at }) => at);
  return {
    header: {
      logId,
      sequence: head.nextSequence,
      size: entries.length,
      root: toHex(merkleRoot(canonical.map(leafHash))),
      previous: head.previous,
      ranges: NO_RANGES,
    },
    entries,
    witness: encodeWitness(canonical),
    earliest: Math.min(...instants),
    latest: Math.max(...instants),
    readings: 0,
    createdAt,
  };
}
