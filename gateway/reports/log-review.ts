import type { Checkpoint } from '../../chaincode/protocol/header.ts';
import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { Span, SummedLog } from '../../sql/queries/report-logs.ts';
import { compareHeaders } from './header-chain.ts';
import type { ReportedLog, ReportGap } from './report-schema.ts';
import type { ReportStore } from './report-store.ts';
import { count } from './report-words.ts';

export interface LogReviewParts {
  readonly store: ReportStore;
  readonly ledger: Pick<AnchorLedger, 'logs' | 'list'>;
  readonly now: number;
}

/** Headers of a log that are compared: some seconds of reading and hashing. */
export const MOST_COMPARED = 200_000;
const MOST_LISTED = 100;
const WHY_LEFT = {
  silent: 'The ledger did not give its headers',
  many: 'Headers differ from the ledger’s in too many places',
};
/** A batch is on the ledger some seconds after it was sealed. */
const PATIENCE_MS = 60_000;

/** Of a log without a batch in the period. */
const NOTHING: SummedLog = { logId: '', first: 0, last: -1, batches: 0, messages: 0, entries: 0 };

export interface ReviewedLogs {
  readonly logs: ReportedLog[];
  readonly gaps: ReportGap[];
}

/**
 * Holds a period's batches against the ledger: none is missing, none has another header, none that SQL has as committed is
 * not there. Of the rows within the batches it says nothing: that is what `verify` is for.
 *
 * @throws BiotError DATABASE_UNAVAILABLE; what the ledger does not answer is a gap
 */
export async function reviewLogs(
  parts: LogReviewParts,
  period: { from: number; to: number },
): Promise<ReviewedLogs> {
  // The ledger first: what it has must be in SQL, however much is being written meanwhile.
  const checkpoints = await parts.ledger.logs().catch(() => undefined);
  const stored = new Map((await parts.store.logs(period)).map((log) => [log.logId, log]));
  const ids = new Set([...(checkpoints ?? []).map(({ logId }) => logId), ...stored.keys()]);
  const logs: ReportedLog[] = [];
  const gaps: ReportGap[] = [];
  if (checkpoints === undefined)
    gaps.push({
      kind: 'unchecked',
      log: null,
      what: 'The ledger did not answer, so nothing of this was held against it.',
    });
  for (const logId of [...ids].sort()) {
    const checkpoint = checkpoints?.find((candidate) => candidate.logId === logId);
    const review = new LogReview(parts, logId, { checkpoint, heard: checkpoints !== undefined });
    logs.push(await review.run(stored.get(logId)));
    gaps.push(...review.gaps);
  }
  return { logs, gaps };
}

class LogReview {
  readonly gaps: ReportGap[] = [];
  readonly #parts: LogReviewParts;
  readonly #logId: string;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #heard: boolean;

  /** `heard`: whether the ledger answered. If so, a log without a checkpoint is one that it does not know. */
  constructor(
    parts: LogReviewParts,
    logId: string,
    { checkpoint, heard }: { checkpoint: Checkpoint | undefined; heard: boolean },
  ) {
    this.#parts = parts;
    this.#logId = logId;
    this.#checkpoint = checkpoint;
    this.#heard = heard;
  }

  async run(stored: SummedLog = NOTHING): Promise<ReportedLog> {
    const span = stored.batches === 0 ? undefined : { first: stored.first, last: stored.last };
    await this.#checkClaims();
    return {
      ...stored,
      first: span?.first ?? null,
      last: span?.last ?? null,
      logId: this.#logId,
      ...(await this.#states(span, stored.batches)),
      ...(await this.#missing(span)),
      ...(await this.#compared(span)),
      checkpoint: this.#checkpoint ?? null,
      ...(await this.#place()),
    };
  }

  async #place(): Promise<Pick<ReportedLog, 'block' | 'transaction'>> {
    const nowhere = { block: null, transaction: null };
    if (this.#size === 0) return nowhere;
    return (await this.#parts.store.place(this.#logId, this.#size - 1)) ?? nowhere;
  }

  /** How many headers the ledger has. */
  get #size(): number {
    return this.#checkpoint?.size ?? 0;
  }

  async #states(
    span: Span | undefined,
    batches: number,
  ): Promise<Pick<ReportedLog, 'sealed' | 'submitted' | 'committed' | 'oldestWaiting'>> {
    const none = { sealed: 0, submitted: 0, committed: 0, oldestWaiting: null };
    if (span === undefined) return none;
    const { now, store } = this.#parts;
    const rows = await store.states(this.#logId, span);
    const states = Object.fromEntries(rows.map(({ state, number }) => [state, number]));
    const oldest = await store.oldestWaiting(this.#logId, span);
    if (oldest !== null && oldest.since < now - PATIENCE_MS)
      this.#gap(
        'waiting',
        `Batches wait to be anchored since ${new Date(oldest.since).toISOString()}, from number ${oldest.sequence} on.`,
      );
    const reported = { ...none, ...states, oldestWaiting: oldest };
    const placeless = batches - (reported.sealed + reported.submitted + reported.committed);
    // Batches get their place in the outbox in the transaction that stores them: so these were put there by another.
    if (placeless > 0)
      this.#gap(
        'unfounded',
        `The database has ${placeless} batches of which it does not say how far they are: nobody anchors them.`,
      );
    return reported;
  }

  /** What SQL has as committed behind the ledger's end: the log may have grown by so much meanwhile, and by no more. */
  async #checkClaims(): Promise<void> {
    const { ledger, store } = this.#parts;
    if (!this.#heard) return;
    const size = this.#size;
    const claimed = await store.claimed(this.#logId, size);
    if (claimed === 0) return;
    const logs = await ledger.logs().catch(() => undefined);
    if (logs === undefined) {
      this.#gap(
        'unchecked',
        `Whether ${count(claimed)} more batches are on the ledger by now, it did not say.`,
      );
      return;
    }
    const grown = logs.find(({ logId }) => logId === this.#logId)?.size ?? size;
    if (claimed > grown - size)
      this.#gap(
        'unfounded',
        `The database has ${claimed} batches as on the ledger, behind its end there, and ${grown - size} have come.`,
      );
  }

  async #missing(span: Span | undefined): Promise<Pick<ReportedLog, 'missing' | 'missingTotal'>> {
    const { store } = this.#parts;
    const size = this.#size;
    // What is missing at an edge of the period, nobody can tell from which side of it.
    const { before, after } = await store.neighbours(this.#logId, span ?? { first: size, last: size - 1 });
    const frame = {
      first: before === null ? 0 : before + 1,
      last: after === null ? Math.max(span?.last ?? -1, size - 1) : after - 1,
    };
    if (frame.last < frame.first) return { missing: [], missingTotal: 0 };
    const { listed, total } = await store.missing(this.#logId, frame, MOST_LISTED);
    const rest = total - listed.length;
    const more = rest > 0 ? `, and ${count(rest)} more such spans that are not listed` : '';
    if (listed.length > 0)
      this.#gap(
        'missing',
        `Batches are missing in the database: ${listed.map(numbersOf).join(', ')}${more}.`,
      );
    return { missing: listed, missingTotal: total };
  }

  async #compared(span: Span | undefined): Promise<Pick<ReportedLog, 'compared' | 'altered'>> {
    const last = Math.min(span?.last ?? -1, this.#size - 1);
    const start = span?.first ?? 0;
    const first = Math.max(start, last - MOST_COMPARED + 1);
    if (first > start && last >= start)
      this.#gap(
        'unchecked',
        `Only the newest ${count(last - first + 1)} headers were compared with the ledger’s, and not ` +
          `${numbersOf({ first: start, last: first - 1 })}: \`verify\` compares all.`,
      );
    if (last < first) return { compared: 0, altered: [] };
    const { compared, altered, left } = await compareHeaders(this.#parts, this.#logId, { first, last });
    if (left !== undefined)
      this.#gap(
        'unchecked',
        `${WHY_LEFT[left.why]}, so ${numbersOf(left)} were not compared: \`verify\` compares all.`,
      );
    if (altered.length > 0)
      this.#gap('altered', `Batches have another header than on the ledger: ${shortened(altered)}.`);
    return { compared, altered: altered.slice(0, MOST_LISTED) };
  }

  #gap(kind: ReportGap['kind'], what: string): void {
    this.gaps.push({ kind, log: this.#logId, what });
  }
}

function numbersOf({ first, last }: Span): string {
  return first === last ? `#${first}` : `#${first} to #${last}`;
}

function shortened(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10).map((number) => `#${number}`);
  return `${shown.join(', ')}${numbers.length > shown.length ? ` and ${numbers.length - shown.length} more` : ''}`;
}
