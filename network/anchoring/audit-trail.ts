import type { Logger } from 'pino';

import {
  type AuditEntry,
  encodeAuditEntry,
  type RawAuditEntry,
  rawAuditEntry,
} from '../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Header, headerHashHex } from '../../chaincode/protocol/header.ts';
import type { StoredHeader } from '../../sql/queries/log-headers.ts';
import type { Transact } from '../../sql/transaction.ts';
import { storeAuditBatch } from '../../sql/writers/audit-logs.ts';
import { headAfter } from '../../sql/writers/batches.ts';
import { Backoff } from '../backoff.ts';
import { pause, type Time } from '../time.ts';
import type { LogTail } from './log-tail.ts';
import { sealEntries } from './seal-entries.ts';

export interface AuditTrailParts {
  readonly logId: string;
  readonly tail: Pick<LogTail, 'turn' | 'head' | 'attempt' | 'doubt' | 'written'>;
  /** Rows of the log in SQL, `from` up to but without `to`. */
  readonly stored: (numbers: { from: number; to: number }) => Promise<StoredHeader[]>;
  readonly transact: Transact;
  /** Told when a batch is committed, so that it is anchored. */
  readonly onCommitted: () => void;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

/** An entry that waits, and who is to be told of its commit. */
interface Waiting {
  readonly entry: RawAuditEntry;
  readonly settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
}

/** How long the first entry waits for others: each batch is a header on the ledger. */
const GATHER_MS = 20;
/** With the longest details, some 4 MB: it fits into one statement. */
const BATCH_ENTRIES = 512;
/** Entries in memory while the database is away. */
const MOST_WAITING = 10_000;
const RETRY = { firstMs: 100, longestMs: 5_000 };

/**
 * The entries of one service on their way into the database, as batches of its log. Many that come together are
 * committed together; while the database is away they wait, up to a bound beyond which none is taken.
 */
export class AuditTrail {
  readonly #parts: AuditTrailParts;
  readonly #backoff: Backoff;
  #waiting: Waiting[] = [];
  /** How many of those that wait are in the batch at hand: the same again after a failure. */
  #batch = 0;
  /** What was last tried and may be committed though nobody said so. */
  #attempt: Header | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(parts: AuditTrailParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
  }

  /** Whether more entries are taken. */
  get hasRoom(): boolean {
    return !this.#ended && this.#waiting.length < MOST_WAITING;
  }

  /**
   * Takes entries, and keeps them until they are committed.
   *
   * @returns resolves when all of them are
   * @throws RangeError when an entry has no canonical bytes
   * @throws BiotError DATABASE_UNAVAILABLE when too many wait already, or the process ends before the database is there
   */
  async record(entries: readonly AuditEntry[]): Promise<void> {
    if (!this.hasRoom) throw unavailable();
    const raw = entries.map(rawAuditEntry);
    // One that has no bytes must not hold up the others later.
    raw.forEach(encodeAuditEntry);
    const last = raw.pop();
    if (last === undefined) return;
    await new Promise<void>((resolve, reject) => {
      for (const entry of raw) this.#waiting.push({ entry, settle: undefined });
      this.#waiting.push({ entry: last, settle: { resolve, reject } });
      this.#wake?.();
    });
  }

  /** Writes until the signal is aborted, and once more then. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#someWait(signal);
      await pause(this.#parts.time, GATHER_MS, signal);
      await this.#writeAll(signal);
    }
    this.#ended = true;
    await this.#writeAll(signal);
    for (const { settle } of this.#waiting.splice(0)) settle?.reject(unavailable());
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    const { log, time } = this.#parts;
    while (this.#waiting.length > 0) {
      try {
        await this.#parts.tail.turn(() => this.#writeBatch());
        this.#backoff.succeeded();
      } catch (error) {
        log.warn({ err: error, waiting: this.#waiting.length }, 'the audit trail could not be written');
        if (signal.aborted) return;
        await pause(time, this.#backoff.next(), signal);
      }
    }
  }

  async #writeBatch(): Promise<void> {
    if (this.#attempt === undefined || !(await this.#isStored(this.#attempt))) await this.#store();
    this.#attempt = undefined;
    const done = this.#waiting.splice(0, this.#batch);
    this.#batch = 0;
    for (const { settle } of done) settle?.resolve();
    this.#parts.onCommitted();
  }

  async #store(): Promise<void> {
    const { logId, tail, time, transact } = this.#parts;
    const head = await tail.head();
    this.#batch ||= Math.min(this.#waiting.length, BATCH_ENTRIES);
    const entries = this.#waiting.slice(0, this.#batch).map(({ entry }) => entry);
    const batch = sealEntries({ logId, head, createdAt: time.now() }, entries);
    this.#attempt = batch.header;
    tail.attempt(batch.header, headAfter(batch, head));
    try {
      await transact((transaction) => storeAuditBatch(transaction, batch, head));
    } catch (error) {
      tail.doubt();
      throw error;
    }
    tail.written(batch.header);
  }

  async #isStored(header: Header): Promise<boolean> {
    const [row] = await this.#parts.stored({ from: header.sequence, to: header.sequence + 1 });
    return row !== undefined && headerHashHex(row.header) === headerHashHex(header);
  }

  #someWait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#wake = end;
      signal.addEventListener('abort', end);
    });
  }
}

function unavailable(): BiotError {
  return new BiotError('DATABASE_UNAVAILABLE', 'the audit trail cannot be written');
}
