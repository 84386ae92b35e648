/**
 * The whole check. The ledger's checkpoints are taken first, then SQL is read: a batch is in SQL before it is on the
 * ledger, so all that the checkpoints cover must be there, however much is being written meanwhile.
 */
import { AnchoredLogs, endOf } from './anchored-logs.ts';
import { BatchReview } from './batch-review.ts';
import { DifferenceList, type Report } from './difference.ts';
import { unanchored } from './outbox-check.ts';
import { rootOfStoredRanges } from './range-check.ts';
import { readContent, scanBatches } from './scan.ts';
import { concernsDifference, isOne, type Scope } from './scope.ts';
import type { Outcome, VerificationInput } from './verification-input.ts';
import {
  type OutboxEntry,
  placeName,
  type StoredBatch,
  type StoredContent,
  type StoredRange,
} from './stored.ts';

export async function verify(input: VerificationInput): Promise<Outcome> {
  const list = new DifferenceList();
  const { kept, patience } = input;
  const logs = await AnchoredLogs.open(input.ledger, { kept, patience, report: list.report });
  return new Verification(input, logs, list).run();
}

class Verification {
  readonly #input: VerificationInput;
  readonly #logs: AnchoredLogs;
  readonly #list: DifferenceList;
  readonly #report: Report;
  readonly #review: BatchReview;

  constructor(input: VerificationInput, logs: AnchoredLogs, list: DifferenceList) {
    this.#input = input;
    this.#logs = logs;
    this.#list = list;
    this.#report = (difference) => {
      if (concernsDifference(input.scope, difference)) list.report(difference);
    };
    this.#review = new BatchReview(input, logs, this.#report);
  }

  async run(): Promise<Outcome> {
    const { scope } = this.#input;
    if (scope.kind === 'all') await this.#readAll();
    else if (scope.kind === 'device') await this.#readDevice(scope);
    else await this.#readBatch(scope.batch);
    await this.#finishLogs();
    await this.#review.settle();
    if (isOne(scope)) this.#reportUnknown(scope);
    else this.#reportVacant();
    return {
      ...this.#review.counts,
      differences: this.#list.kept,
      total: this.#list.total,
      checkpoints: this.#logs.all().map(({ checkpoint }) => checkpoint),
      ledgerHolds: this.#list.spares('ledger'),
    };
  }

  async #readAll(): Promise<void> {
    await scanBatches(this.#input.store, this.#review);
    const stray = await this.#input.store.snapshot((snapshot) => snapshot.strayOutbox());
    for (const entry of stray) await this.#checkStrayOutbox(entry);
  }

  /** `blockchain_tx` outlived its batch, or was invented. A missing anchored batch is named by its header. */
  async #checkStrayOutbox(entry: OutboxEntry): Promise<void> {
    const { logId, sequence } = entry;
    if (entry.batch === null || logId === null || sequence === null) {
      const named =
        entry.batch === null ? 'no batch' : `batch ${entry.batch}, which is not there, and no place in a log`;
      const what = `it names ${named}`;
      this.#report({ kind: 'added', table: 'blockchain_tx', key: String(entry.id), what });
      return;
    }
    const place = placeName({ logId, sequence });
    if (entry.status === 'committed') await this.#logs.reach(logId, sequence);
    const log = this.#logs.get(logId);
    if (log?.isFound(sequence) === true) {
      const what = `${place} has another batch than the one it names, ${entry.batch}`;
      this.#report({ kind: 'added', table: 'blockchain_tx', key: String(entry.id), what });
    } else if (sequence >= endOf(log).size) {
      const what = `blockchain_tx has batch ${entry.batch} as ${entry.status}, and there is no such batch`;
      if (entry.status === 'committed') this.#report(unanchored(entry));
      else this.#report({ kind: 'missing', table: 'batches', key: place, what });
    }
  }

  /** All headers and ranges, which say which batches have messages of the device; then those batches. */
  async #readDevice({ device, period }: Extract<Scope, { kind: 'device' }>): Promise<void> {
    const review = this.#review;
    const { store } = this.#input;
    const read = new Set<number>();
    await scanBatches(store, {
      wants: (batch, ranges) => this.#mayHoldDevice(batch, ranges, device),
      content: (content) => {
        read.add(content.id);
        return review.content(content);
      },
      surplus: (reading) => {
        review.surplus(reading);
      },
    });
    // Rows in the device's name may also stand where its messages never were.
    const elsewhere = new Set<number>();
    await store.snapshot(async (snapshot) => {
      for await (const { batch } of snapshot.readingsOfDevice(device, period))
        if (!read.has(batch)) elsewhere.add(batch);
    });
    for (const batch of elsewhere) await this.#readSkipped(batch);
  }

  /** Only ranges that give the anchored root prove that a batch holds nothing of a device. */
  async #mayHoldDevice(batch: StoredBatch, ranges: StoredRange[], device: string): Promise<boolean> {
    const log = this.#logs.get(batch.logId);
    const header = await log?.header(batch.sequence);
    if (header === undefined || rootOfStoredRanges(ranges) !== header.ranges) return true;
    if (ranges.some((range) => range.device === device)) return true;
    return log?.found(batch.sequence) !== true;
  }

  #reportUnknown({ kind, id }: Extract<Scope, { id: string }>): void {
    const { messages, entries, pending } = this.#review.counts;
    if (messages + entries + pending + this.#list.total > 0) return;
    const table = kind === 'entry' ? 'audit_logs' : 'telemetry';
    const what = `no row has this id, and nothing in an anchored batch`;
    this.#report({ kind: 'missing', table, key: id, what });
  }

  async #readBatch(id: number): Promise<void> {
    await this.#review.content(await this.#contentOf(id));
  }

  async #readSkipped(id: number): Promise<void> {
    const content = await this.#contentOf(id);
    const { batch } = content;
    if (batch !== undefined) this.#logs.get(batch.logId)?.forget(batch.sequence);
    await this.#review.content(content);
  }

  #contentOf(id: number): Promise<StoredContent> {
    return this.#input.store.snapshot((snapshot) => readContent(snapshot, id, this.#review));
  }

  /** Every log is followed from its first header in every scope: what is kept of it was verified. */
  async #finishLogs(): Promise<void> {
    for (const log of this.#logs.all()) await log.finish();
    this.#logs.reportVanished();
  }

  #reportVacant(): void {
    for (const log of this.#logs.all()) {
      const { logId } = log.checkpoint;
      for (const sequence of log.vacant()) {
        const what = 'its header is anchored, and SQL has no such batch';
        this.#report({ kind: 'missing', table: 'batches', key: placeName({ logId, sequence }), what });
      }
    }
  }
}
