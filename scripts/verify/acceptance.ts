import { batchKind } from '../../chaincode/protocol/audit-entry.ts';
import type { BatchContent, Emptied, Fits } from './batch-check.ts';
import type { Report } from './difference.ts';
import { addedEntry } from './entry-check.ts';
import { MisplacementList } from './misplacement-list.ts';
import { checkOutbox } from './outbox-check.ts';
import { placeKey } from './reading-check.ts';
import type { Reference } from './reference.ts';
import { RunningTotals } from './running-totals.ts';
import { type Amount, concerns, countWithin } from './scope.ts';
import { placeName, type PlacedReading } from './stored.ts';
import type { Counts, VerificationInput } from './verification-input.ts';

/** What a batch's leaves are, and where its rows stand. */
export const CONTENTS = { telemetry: 'messages of telemetry', audit: 'entries of audit_logs' } as const;

export const NOTHING: Amount = { messages: 0, readings: 0, entries: 0 };

/** Counts batches whose header is known, and reports what of their rows differs from it. */
export class Acceptance {
  readonly counts: Counts = {
    messages: 0,
    readings: 0,
    entries: 0,
    batches: 0,
    pending: 0,
    expired: 0,
    expiredByType: 0,
  };
  readonly misplaced: MisplacementList;
  readonly #input: Pick<VerificationInput, 'scope' | 'retainedFrom' | 'keptFrom'>;
  readonly #report: Report;
  readonly #totals = new RunningTotals();

  constructor(input: Pick<VerificationInput, 'scope' | 'retainedFrom' | 'keptFrom'>, report: Report) {
    this.#input = input;
    this.#report = report;
    this.misplaced = new MisplacementList(report, (reading) => concerns(input.scope, reading));
  }

  /** Takes a batch whose messages, by rows or witness, are those of its header; one that is anchored counts. */
  accept(content: BatchContent, reference: Reference, verdict: Fits | Emptied): Amount {
    verdict.differences.forEach(this.#report);
    this.#placeStrangers(content, reference);
    if (verdict.kind === 'fits') this.#placeReadings(reference, verdict);
    else this.#placeMissing(content, reference);
    const amount = verdict.kind === 'fits' ? countWithin(this.#input.scope, verdict) : NOTHING;
    if (reference.word === 'sealed') return amount;
    checkOutbox(content.batch, reference.header).forEach(this.#report);
    this.#checkTotals(
      content,
      reference,
      verdict.kind === 'fits' ? verdict.expected.length : content.batch.readings,
    );
    this.count(amount);
    return amount;
  }

  /** Counts one batch as verified against the ledger. */
  count({ messages, readings, entries }: Amount): void {
    this.counts.batches += 1;
    this.counts.messages += messages;
    this.counts.readings += readings;
    this.counts.entries += entries;
  }

  /** The messages are gone as a whole: retention's doing when the batch is old enough, by its own word. */
  #placeMissing({ batch }: BatchContent, { header, word }: Reference): void {
    const kind = batchKind(header);
    if (word === 'anchored' && kind === 'telemetry' && batch.latest < this.#input.retainedFrom) {
      this.counts.expired += batch.readings;
      return;
    }
    const what = `${placeName(header)}: its ${batch.size} ${CONTENTS[kind]} are gone, and the witness copy`;
    this.#report({ kind: 'missing', table: 'batches', key: String(batch.id), what });
  }

  /** Rows under a batch's id that are of the other kind. */
  #placeStrangers({ readings, entries }: BatchContent, { header, word }: Reference): void {
    const origin = placeName(header);
    if (batchKind(header) === 'audit')
      for (const reading of readings) this.misplaced.found({ reading, origin, word });
    else for (const entry of entries) this.#report(addedEntry(entry, word));
  }

  #checkTotals({ batch }: BatchContent, { header }: Reference, readings: number): void {
    if (this.#input.scope.kind === 'all') this.#totals.check(batch, header, readings).forEach(this.#report);
  }

  #placeReadings({ header, word }: Reference, { lost, found }: Fits): void {
    const origin = placeName(header);
    const rows = new Set(found.map(placeKey));
    for (const reading of found) this.misplaced.found({ reading, origin, word });
    for (const reading of lost) {
      const expiry = rows.has(placeKey(reading)) ? undefined : this.#expiryOf(reading);
      if (expiry === undefined) this.misplaced.lost({ reading, origin, word });
      else this.counts[expiry] += 1;
    }
  }

  /** By which retention a reading may be gone: device and instant are those that were anchored. */
  #expiryOf({ device, ts }: PlacedReading): 'expired' | 'expiredByType' | undefined {
    if (ts < this.#input.retainedFrom) return 'expired';
    return ts < this.#input.keptFrom(device) ? 'expiredByType' : undefined;
  }
}
