import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Checkpoint, type Header, headerHashHex, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { StoredHeader } from '../../sql/queries/log-headers.ts';
import type { LogHead } from '../../sql/writers/batches.ts';

export interface LogTailParts {
  readonly logId: string;
  /** Rows of the log in SQL, `from` up to but without `to`, in order. */
  readonly stored: (numbers: { from: number; to: number }) => Promise<StoredHeader[]>;
  /** Where the log ends on the ledger. */
  readonly checkpoint: () => Promise<Checkpoint>;
  /** The last checkpoint that was heard of, for a start while the ledger is away. */
  readonly keeper?: CheckpointKeeper;
}

export interface CheckpointKeeper {
  read(): Checkpoint | undefined;
  write(checkpoint: Checkpoint): void;
}

/** Headers kept in memory, some 20 MB. Beyond them, those that wait are read from SQL when their turn comes. */
const KEPT = 65_536;

type End = Pick<Checkpoint, 'size' | 'head'>;

/**
 * The end of a worker's own log: what the ledger has not got yet, and what the next header follows. It is known from
 * the ledger and from what this worker has written itself. SQL is asked at the start alone, for the batches that
 * continue the ledger's log without a gap; after that, no row that somebody inserts or changes moves the log's end.
 * Two workers never share a log.
 */
export class LogTail {
  readonly #parts: LogTailParts;
  #head: LogHead | undefined;
  #anchored: End | undefined;
  /** The first headers that are not known to be on the ledger, each following the one before. */
  #kept: Header[] = [];
  /** What was tried to be stored at the head's place, by hash: whether COMMIT had succeeded may be unknown. */
  #attempts = new Map<string, LogHead>();
  #doubtful = false;
  #turn: Promise<unknown> = Promise.resolve();
  #opening: Promise<void> | undefined;

  constructor(parts: LogTailParts) {
    this.#parts = parts;
  }

  /** Headers that are known to be anchored. */
  get anchored(): number {
    return this.#anchored?.size ?? 0;
  }

  /** Headers that wait to be anchored. */
  get waiting(): number {
    return Math.max(0, (this.#head?.nextSequence ?? 0) - this.anchored);
  }

  /** Whoever writes a batch does all of it in a turn of its own, so that each follows the one before. */
  turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /**
   * What the next batch follows.
   *
   * @throws BiotError ANCHOR_CONFLICT when a row that is not ours stands in its place; of the ledger, before it was
   *   ever heard of; DATABASE_UNAVAILABLE or INTERNAL
   */
  async head(): Promise<LogHead> {
    const head = await this.#opened();
    return this.#doubtful ? this.#settleDoubt(head) : head;
  }

  /** Notes what is about to be stored behind the head. */
  attempt(header: Header, next: LogHead): void {
    this.#attempts.set(headerHashHex(header), next);
  }

  /** Notes that an attempt failed, or seems to have: the place is looked at before the next. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** Notes that an attempt was committed. */
  written(header: Header): void {
    const next = this.#attempts.get(headerHashHex(header));
    this.#attempts.clear();
    this.#doubtful = false;
    if (next === undefined || header.previous !== this.#head?.previous) {
      // The log was opened anew meanwhile: what SQL has behind the ledger's end tells.
      this.#head = undefined;
      return;
    }
    this.#head = next;
    this.#keep(header);
  }

  /**
   * Takes the ledger's word for how far the log is anchored.
   *
   * @throws BiotError ANCHOR_CONFLICT when the ledger has other headers than ours
   */
  async reached(checkpoint: Checkpoint): Promise<void> {
    const { nextSequence } = await this.#opened();
    const { size, head } = checkpoint;
    const last = this.#kept.find(({ sequence }) => sequence === size - 1);
    const next = this.#kept.find(({ sequence }) => sequence === size);
    if (
      (last !== undefined && headerHashHex(last) !== head) ||
      (next !== undefined && next.previous !== head)
    )
      throw new BiotError('ANCHOR_CONFLICT', `the ledger has another header ${size - 1}`);
    this.#kept = this.#kept.filter(({ sequence }) => sequence >= size);
    this.#anchored = { size, head };
    this.#parts.keeper?.write(checkpoint);
    // The database is older than the ledger, or the checkpoint kept was.
    if (size > nextSequence) this.#head = undefined;
  }

  /** The first headers that are not anchored, in order, each following the one before. */
  async next(limit: number): Promise<readonly Header[]> {
    const { nextSequence } = await this.#opened();
    if (this.#kept.length === 0 && this.#anchored !== undefined && this.#anchored.size < nextSequence)
      this.#kept = (await this.#chain(this.#anchored, nextSequence)).map(({ header }) => header);
    if (this.#kept.length === 0 && this.waiting > 0)
      throw new BiotError('ANCHOR_GAP', `SQL has lost header ${this.anchored}`);
    return this.#kept.slice(0, limit);
  }

  async #opened(): Promise<LogHead> {
    while (this.#head === undefined) {
      this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
      await this.#opening;
    }
    return this.#head;
  }

  async #open(): Promise<void> {
    const end = await this.#checkpoint();
    const chain = await this.#chain(end, Number.MAX_SAFE_INTEGER);
    const last = chain.at(-1);
    const [before] =
      last === undefined && end.size > 0
        ? await this.#parts.stored({ from: end.size - 1, to: end.size })
        : [last];
    this.#anchored = end;
    this.#kept = chain.slice(0, KEPT).map(({ header }) => header);
    this.#head = {
      nextSequence: last === undefined ? end.size : last.header.sequence + 1,
      previous: last === undefined ? end.head : headerHashHex(last.header),
      totalMessages: before?.totalMessages ?? 0,
      totalReadings: before?.totalReadings ?? 0,
    };
  }

  async #checkpoint(): Promise<Checkpoint> {
    const { checkpoint, keeper } = this.#parts;
    try {
      return await checkpoint();
    } catch (error) {
      const kept = keeper?.read();
      if (kept === undefined) throw error;
      return kept;
    }
  }

  /** The rows that continue the log from `end` on without a gap, each following the one before; to `to` at most. */
  async #chain({ size, head }: End, to: number): Promise<StoredHeader[]> {
    const chain: StoredHeader[] = [];
    let previous = head;
    for (let next = size; next < to;) {
      const page = await this.#parts.stored({ from: next, to: Math.min(next + MAX_HEADERS, to) });
      for (const row of page) {
        if (row.header.sequence !== next || row.header.previous !== previous) return chain;
        chain.push(row);
        previous = headerHashHex(row.header);
        next += 1;
      }
      if (page.length < MAX_HEADERS) return chain;
    }
    return chain;
  }

  /** Whether the row at the head's place, if there is one, is what we tried to store there. */
  async #settleDoubt(head: LogHead): Promise<LogHead> {
    const at = head.nextSequence;
    const [row] = await this.#parts.stored({ from: at, to: at + 1 });
    if (row === undefined) {
      this.#doubtful = false;
      return head;
    }
    if (!this.#attempts.has(headerHashHex(row.header))) {
      const place = `${this.#parts.logId}/${at}`;
      throw new BiotError('ANCHOR_CONFLICT', `batches has a row at ${place} that this worker did not write`);
    }
    this.written(row.header);
    return this.#opened();
  }

  #keep(header: Header): void {
    const next = (this.#kept.at(-1)?.sequence ?? this.anchored - 1) + 1;
    if (this.#kept.length < KEPT && header.sequence === next) this.#kept.push(header);
  }
}
