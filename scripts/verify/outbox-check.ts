import type { Header } from '../../chaincode/protocol/header.ts';
import { type ComparedColumn, differingColumns } from './describe.ts';
import type { Difference } from './difference.ts';
import { placeName, type StoredBatch } from './stored.ts';

/** States of a batch that SQL does not yet claim to be on the ledger. */
const WAITING: readonly string[] = ['sealed', 'submitted'];

export type OutboxState = 'waiting' | 'committed' | 'none';

/** What SQL itself says about a batch's way to the ledger; an entry for another place says nothing about it. */
export function outboxState(batch: StoredBatch): OutboxState {
  const { outbox } = batch;
  if (outbox === undefined || outbox.logId !== batch.logId || outbox.sequence !== batch.sequence)
    return 'none';
  return WAITING.includes(outbox.status) ? 'waiting' : 'committed';
}

/**
 * Compares the row of `blockchain_tx` of an anchored batch. That it may not say `committed` yet is none
 * yet: the writer learns of the block after everyone else, and gets time to say so.
 */
export function checkOutbox(batch: StoredBatch, header: Header): Difference[] {
  const { outbox } = batch;
  if (outbox === undefined) {
    const what = `${placeName(header)} is anchored, and no row says in which transaction`;
    return [{ kind: 'missing', table: 'blockchain_tx', key: `batch ${batch.id}`, what }];
  }
  const columns: ComparedColumn[] = [
    ['log_id', outbox.logId ?? 'null', header.logId],
    ['sequence', outbox.sequence ?? 'null', header.sequence],
  ];
  const wrong = differingColumns(columns, 'anchored');
  const complete = outbox.transaction !== null && outbox.block !== null;
  if (!WAITING.includes(outbox.status) && !complete)
    wrong.push('committed without its transaction and block');
  if (wrong.length === 0) return [];
  const what = `${placeName(header)}: ${wrong.join('; ')}`;
  return [{ kind: 'changed', table: 'blockchain_tx', key: String(outbox.id), what }];
}

/** SQL promises an anchor that the ledger does not have. */
export function unanchored(outbox: NonNullable<StoredBatch['outbox']>): Difference {
  const place = `${outbox.logId ?? 'null'}/${outbox.sequence ?? 'null'}`;
  const what = `${place} is ${outbox.status} (transaction ${outbox.transaction ?? 'null'}, block ${outbox.block ?? 'null'}), and the ledger has no such anchor`;
  return { kind: 'unanchored', table: 'blockchain_tx', key: String(outbox.id), what };
}

/** The ledger has had the batch since before SQL was read, and SQL goes on saying that it has not. */
export function unmarked(batch: StoredBatch): Difference {
  const what = `${placeName(batch)} is ${batch.outbox?.status ?? 'null'}, and the ledger has its anchor: was it set back, or does ingest not run?`;
  return { kind: 'changed', table: 'blockchain_tx', key: String(batch.outbox?.id), what };
}
