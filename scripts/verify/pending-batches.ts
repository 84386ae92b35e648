/** Batches that SQL holds and the ledger does not yet: they must at least continue their log. */
import { type Header, headerHashHex, headerSchema } from '../../chaincode/protocol/header.ts';
import type { Difference } from './difference.ts';
import type { Amount } from './scope.ts';
import { placeName, type StoredBatch } from './stored.ts';

export interface PendingBatch {
  id: number;
  /** What its columns say, but for `header_hash`. */
  header: Header;
  /** The column `header_hash`. */
  hash: string;
  /** What it will count for once it is anchored. */
  amount: Amount;
}

/** The header that a batch's own columns make; undefined when they make none. */
export function ownHeader({
  logId,
  sequence,
  size,
  root,
  previous,
  ranges,
}: StoredBatch): Header | undefined {
  return headerSchema.safeParse({ logId, sequence, size, root, previous, ranges }).data;
}

/** Gathers them, log by log. */
export class PendingBatches {
  readonly #byLog = new Map<string, PendingBatch[]>();

  add(batch: PendingBatch): void {
    const known = this.#byLog.get(batch.header.logId);
    if (known === undefined) this.#byLog.set(batch.header.logId, [batch]);
    else known.push(batch);
  }

  byLog(): Iterable<[logId: string, batches: readonly PendingBatch[]]> {
    return this.#byLog;
  }
}

/** The ledger has another header at the place of one that was waiting. */
export function anchoredOtherwise({ id, header }: PendingBatch, anchored: Header): Difference {
  const what = `${placeName(header)}: root is ${header.root}, anchored was ${anchored.root} meanwhile`;
  return { kind: 'changed', table: 'batches', key: String(id), what };
}

/** What is wrong with the batches that wait in one log, which on the ledger ends with `size` headers and `head`. */
export function checkPending(
  batches: readonly PendingBatch[],
  { size, head }: { size: number; head: string },
): Difference[] {
  const differences: Difference[] = [];
  const ordered = [...batches].sort((left, right) => left.header.sequence - right.header.sequence);
  let next = size;
  let before = [head];
  for (const { id, header, hash } of ordered) {
    if (header.sequence > next) differences.push(gap(header.logId, next, header.sequence - 1));
    else if (!before.includes(header.previous)) {
      const what = `${placeName(header)}: previous is ${header.previous}, the batch before has ${before.join(' or ')}`;
      differences.push({ kind: 'changed', table: 'batches', key: String(id), what });
    }
    next = header.sequence + 1;
    // When these two differ, that batch was named for it; the one that continues it is not to blame.
    before = [...new Set([hash, headerHashHex(header)])];
  }
  return differences;
}

function gap(logId: string, from: number, to: number): Difference {
  const place = placeName({ logId, sequence: from });
  const what = `batches ${from} to ${to} are neither in SQL nor on the ledger, though later ones wait to be anchored`;
  return { kind: 'missing', table: 'batches', key: place, what };
}
