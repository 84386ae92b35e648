import { batchKind } from '../../chaincode/protocol/audit-entry.ts';
import { type Header, headerHashHex } from '../../chaincode/protocol/header.ts';
import { Acceptance, CONTENTS, NOTHING } from './acceptance.ts';
import { type AnchoredLogs, endOf } from './anchored-logs.ts';
import { type BatchContent, checkBatch, rootsOf } from './batch-check.ts';
import { checkColumns } from './batch-columns.ts';
import type { Difference, Report } from './difference.ts';
import { addedEntry } from './entry-check.ts';
import { findHomes, type MisfitBatch } from './misfits.ts';
import { type OutboxState, outboxState, unanchored, unmarked } from './outbox-check.ts';
import {
  anchoredOtherwise,
  checkPending,
  ownHeader,
  type PendingBatch,
  PendingBatches,
} from './pending-batches.ts';
import type { Reference } from './reference.ts';
import { readContent, type ScanHandler } from './scan.ts';
import {
  placeName,
  type PlacedReading,
  type StoredBatch,
  type StoredContent,
  type StoredRange,
} from './stored.ts';
import type { Counts, VerificationInput } from './verification-input.ts';

/** Takes batches one by one, holds each against the ledger, and keeps what can only be decided at the end. */
export class BatchReview implements ScanHandler {
  readonly #input: VerificationInput;
  readonly #logs: AnchoredLogs;
  readonly #report: Report;
  readonly #acceptance: Acceptance;
  readonly #misfits: MisfitBatch[] = [];
  readonly #pending = new PendingBatches();
  /** Ids of batches that the ledger had before SQL was read, and that SQL has as waiting. */
  readonly #unmarked: number[] = [];

  constructor(input: VerificationInput, logs: AnchoredLogs, report: Report) {
    this.#input = input;
    this.#logs = logs;
    this.#report = report;
    this.#acceptance = new Acceptance(input, report);
  }

  get counts(): Counts {
    return this.#acceptance.counts;
  }

  async content(content: StoredContent): Promise<void> {
    const { batch } = content;
    if (batch !== undefined) await this.#checkBatch({ ...content, batch });
    else this.#misfits.push({ id: content.id, roots: rootsOf(content) });
    this.#input.onProgress?.(this.counts);
  }

  surplus(reading: PlacedReading): void {
    this.#acceptance.misplaced.found({ reading, origin: `batch ${reading.batch}`, word: 'anchored' });
  }

  /** Decides about everything that had to wait until all batches were seen. */
  async settle(): Promise<void> {
    for (const [logId, batches] of this.#pending.byLog()) await this.#settlePending(logId, batches);
    await this.#settleUnmarked();
    const homes = await findHomes(this.#input.ledger, this.#logs, this.#misfits);
    for (const misfit of this.#misfits) await this.#settleMisfit(misfit, homes.get(misfit));
    this.#acceptance.misplaced.explain();
  }

  async #checkBatch(content: BatchContent): Promise<void> {
    const { batch } = content;
    const reference = await this.#referenceOf(batch);
    if (reference === undefined) this.#misfits.push({ id: batch.id, roots: rootsOf(content) });
    else this.#hold(content, reference);
  }

  /** Compares a batch with its header. One that does not fit may belong elsewhere: that is decided at the end. */
  #hold(content: BatchContent, reference: Reference): void {
    const { batch } = content;
    const { header, word } = reference;
    const verdict = checkBatch(content, reference);
    const amount =
      verdict.kind === 'misfit' ? undefined : this.#acceptance.accept(content, reference, verdict);
    if (word === 'sealed') {
      if (amount === undefined) this.#reportReplaced(batch, reference);
      this.counts.pending += 1;
      this.#pending.add({ id: batch.id, header, hash: batch.hash, amount: amount ?? NOTHING });
    } else if (amount === undefined) this.#misfits.push({ id: batch.id, roots: rootsOf(content) });
    else this.#found(batch, header);
  }

  #found(batch: StoredBatch, { logId, sequence }: Header): void {
    const log = this.#logs.get(logId);
    log?.found(sequence);
    if (log?.isRequired(sequence) === true && outboxState(batch) === 'waiting') this.#unmarked.push(batch.id);
  }

  /** The writer marks a batch moments after the ledger has it, and again when somebody set it back: it gets that time. */
  async #settleUnmarked(): Promise<void> {
    for (const id of this.#unmarked) {
      let batch = await this.#batch(id);
      while (batch !== undefined && outboxState(batch) === 'waiting' && (await this.#logs.wait()))
        batch = await this.#batch(id);
      if (batch !== undefined && outboxState(batch) === 'waiting') this.#report(unmarked(batch));
    }
  }

  async #batch(id: number): Promise<StoredBatch | undefined> {
    const [batch] = await this.#input.store.snapshot((snapshot) => snapshot.batches(id, 1));
    return batch?.id === id ? batch : undefined;
  }

  /** What a batch has to fit; undefined when nothing on the ledger, nor waiting for it, accounts for its place. */
  async #referenceOf(batch: StoredBatch): Promise<Reference | undefined> {
    const state = outboxState(batch);
    if (state === 'committed') await this.#logs.reach(batch.logId, batch.sequence);
    const log = this.#logs.get(batch.logId);
    const header = await log?.header(batch.sequence);
    if (header === undefined)
      return batch.sequence < endOf(log).size ? undefined : this.#waiting(batch, state);
    return log?.isFound(batch.sequence) === true ? undefined : { header, word: 'anchored' };
  }

  /** A batch behind the log's end has to fit its own columns, if SQL has it on its way to the ledger. */
  #waiting(batch: StoredBatch, state: OutboxState): Reference | undefined {
    if (state === 'none') return undefined;
    if (state === 'committed' && batch.outbox !== undefined) this.#report(unanchored(batch.outbox));
    const header = ownHeader(batch);
    return header && { header, word: 'sealed' };
  }

  async #settleMisfit({ id }: MisfitBatch, home: Header | undefined): Promise<void> {
    const content = await this.#input.store.snapshot((snapshot) => readContent(snapshot, id, this));
    const { batch } = content;
    if (batch === undefined) this.#settleOrphan(content, home);
    else if (home !== undefined) this.#hold({ ...content, batch }, { header: home, word: 'anchored' });
    else await this.#settleForged(batch);
  }

  /** Rows of a batch id that `batches` does not have. */
  #settleOrphan({ id, ranges, readings, entries }: StoredContent, home: Header | undefined): void {
    if (home !== undefined) {
      this.#logs.get(home.logId)?.found(home.sequence);
      const what = `the row is gone (batch_id ${id}); its ${home.size} ${CONTENTS[batchKind(home)]} are there, untouched`;
      this.#report({ kind: 'missing', table: 'batches', key: placeName(home), what });
      return;
    }
    for (const reading of readings)
      this.#acceptance.misplaced.found({
        reading,
        origin: `batch ${id}, which does not exist`,
        word: 'anchored',
      });
    for (const range of ranges) this.#report(orphanRange(range));
    for (const entry of entries) this.#report(addedEntry(entry, 'anchored'));
  }

  async #settleForged(batch: StoredBatch): Promise<void> {
    const log = this.#logs.get(batch.logId);
    const header = await log?.header(batch.sequence);
    if (header !== undefined && log?.found(batch.sequence) === true) {
      this.#reportReplaced(batch, { header, word: 'anchored' });
      return;
    }
    const what = `${placeName(batch)}: nothing on the ledger accounts for this batch of ${batch.size} ${CONTENTS[batchKind(batch)]}`;
    this.#report({ kind: 'added', table: 'batches', key: String(batch.id), what });
  }

  #reportReplaced(batch: StoredBatch, reference: Reference): void {
    const what = `neither its rows nor its witness copy give the root that was ${reference.word}, ${reference.header.root}`;
    checkColumns(batch, reference, [what]).forEach(this.#report);
  }

  /** The ledger may have grown since a batch was read; what it has not reached must at least continue it. */
  async #settlePending(logId: string, batches: readonly PendingBatch[]): Promise<void> {
    const log = this.#logs.get(logId);
    const { size } = endOf(log);
    for (const batch of batches) {
      const anchored = await log?.header(batch.header.sequence);
      if (anchored === undefined) continue;
      this.counts.pending -= 1;
      if (headerHashHex(anchored) !== headerHashHex(batch.header))
        this.#report(anchoredOtherwise(batch, anchored));
      else if (log?.found(anchored.sequence) === true) this.#acceptance.count(batch.amount);
    }
    if (this.#input.scope.kind !== 'all') return;
    const waiting = batches.filter(({ header }) => header.sequence >= size);
    checkPending(waiting, endOf(log)).forEach(this.#report);
  }
}

function orphanRange({ batch, device, epoch, first, last }: StoredRange): Difference {
  const key = `${batch}/${device}/${epoch}/${first}`;
  const what = `${device} epoch ${epoch} ${first} to ${last}: there is no batch ${batch}`;
  return { kind: 'added', table: 'batch_ranges', key, what };
}
