import { type Checkpoint, type Header, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { Report } from './difference.ts';
import type { LedgerView } from './ledger-view.ts';
import { LogFollower, rolledBack } from './log-follower.ts';
import { placeName } from './stored.ts';

const PAGES_KEPT = 8;
const BITS = 8;

export interface AnchoredLogOptions {
  view: LedgerView;
  checkpoint: Checkpoint;
  /** The checkpoint of this log that the auditor kept from another day. */
  kept?: Checkpoint | undefined;
  report: Report;
  /** Headers that were there before SQL was read: their batches must be in SQL. */
  required: number;
}

/**
 * One log of the ledger, read in pages as batches ask for their headers, which is nearly in order. The chain is
 * followed along; memory is a few pages and one bit a header.
 */
export class AnchoredLog {
  readonly #view: LedgerView;
  readonly #kept: Checkpoint | undefined;
  readonly #report: Report;
  readonly #follower: LogFollower;
  readonly #pages = new Map<number, Header[]>();
  readonly #required: number;
  #found = new Uint8Array(0);
  #checkpoint: Checkpoint;

  constructor({ view, checkpoint, kept, report, required }: AnchoredLogOptions) {
    this.#view = view;
    this.#checkpoint = checkpoint;
    this.#required = required;
    this.#kept = kept;
    this.#report = report;
    this.#follower = new LogFollower(checkpoint.logId, { kept, report });
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** A header, or undefined when the log is shorter (or the peer does not give it, which `finish` then names). */
  async header(sequence: number): Promise<Header | undefined> {
    if (!Number.isSafeInteger(sequence) || sequence < 0 || sequence >= this.#checkpoint.size)
      return undefined;
    const page = await this.#page(Math.floor(sequence / MAX_HEADERS));
    return page[sequence % MAX_HEADERS];
  }

  /** Whether the header was on the ledger before SQL was read. */
  isRequired(sequence: number): boolean {
    return sequence < this.#required;
  }

  /** Takes a newer checkpoint of the same log. */
  grow(checkpoint: Checkpoint): void {
    if (checkpoint.size <= this.#checkpoint.size) return;
    this.#checkpoint = checkpoint;
    this.#pages.clear();
  }

  /** Notes that SQL has the batch of this header; false when another batch had been found for it before. */
  found(sequence: number): boolean {
    if (this.isFound(sequence)) return false;
    const at = Math.floor(sequence / BITS);
    if (at >= this.#found.length) {
      const longer = new Uint8Array((at + 1) * 2);
      longer.set(this.#found);
      this.#found = longer;
    }
    this.#found[at] = (this.#found[at] ?? 0) | (1 << (sequence % BITS));
    return true;
  }

  /** Takes `found` back, for a batch that is to be looked at more closely. */
  forget(sequence: number): void {
    if (!this.isFound(sequence)) return;
    const at = Math.floor(sequence / BITS);
    this.#found[at] = (this.#found[at] ?? 0) & ~(1 << (sequence % BITS));
  }

  isFound(sequence: number): boolean {
    return ((this.#found[Math.floor(sequence / BITS)] ?? 0) & (1 << (sequence % BITS))) !== 0;
  }

  /** Sequence numbers whose batch must be in SQL and was not found. */
  *vacant(): Generator<number> {
    for (let sequence = 0; sequence < this.#required; sequence += 1)
      if (!this.isFound(sequence)) yield sequence;
  }

  /** Follows the log to its end and compares the root with the checkpoint, and with the one kept. */
  async finish(): Promise<void> {
    const { logId, size } = this.#checkpoint;
    while (this.#follower.size < size) {
      const before = this.#follower.size;
      await this.#page(Math.floor(before / MAX_HEADERS));
      if (this.#follower.size > before) continue;
      const what = `the peer says the log has ${size} headers, and does not give this one`;
      this.#report({
        kind: 'inconsistent',
        table: 'ledger',
        key: placeName({ logId, sequence: before }),
        what,
      });
      return;
    }
    this.#follower.compare(this.#checkpoint);
    if (this.#kept !== undefined && this.#kept.size > size)
      this.#report(
        rolledBack(this.#kept, `it has ${size} headers, the checkpoint kept had ${this.#kept.size}`),
      );
  }

  async #page(number: number): Promise<Header[]> {
    const known = this.#pages.get(number);
    // A page left the chain behind when it was jumped to; it is followed when its turn comes.
    const page = known ?? (await this.#readPage(number));
    this.#follow(number, page);
    return page;
  }

  async #readPage(number: number): Promise<Header[]> {
    const { logId, size } = this.#checkpoint;
    const from = number * MAX_HEADERS;
    const page: Header[] = [];
    for await (const header of this.#view.headers(logId, from, Math.min(from + MAX_HEADERS, size)))
      page.push(header);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size < PAGES_KEPT) break;
      this.#pages.delete(oldest);
    }
    this.#pages.set(number, page);
    return page;
  }

  #follow(number: number, page: readonly Header[]): void {
    const from = number * MAX_HEADERS;
    const next = this.#follower.size;
    if (next < from) return;
    for (const header of page.slice(next - from)) this.#follower.follow(header);
  }
}
