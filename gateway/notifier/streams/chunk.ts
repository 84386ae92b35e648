import type { Position, StreamCursor } from '../../../sql/queries/streams.ts';
import type { SelectedBatch, StreamedMessage } from './selection.ts';

/** Batches by their numbers, both ends included. */
export interface BatchRange {
  readonly from: number;
  readonly to: number;
}

/** What goes out at once: a stretch of a log. */
export interface Chunk {
  readonly from: Position;
  /** Exclusive: what comes next. */
  readonly until: Position;
  readonly messages: readonly StreamedMessage[];
  /** Batches in it that were no longer there to be sent, or never were. */
  readonly skipped: readonly BatchRange[];
}

export interface ChunkBounds {
  readonly messages: number;
  /** Of all messages as JSON. */
  readonly bytes: number;
  /** Batches that are looked at. */
  readonly batches: number;
}

/** @returns the first batch from a number on, if there is one already */
export type ReadBatch = (from: number) => Promise<SelectedBatch | undefined>;

function isBefore(left: Position, right: Position): boolean {
  return left.sequence === right.sequence ? left.leaf < right.leaf : left.sequence < right.sequence;
}

/**
 * Gathers what comes next in a log. The same cursor gives the same chunk, as long as the stream is not changed and retention
 * takes nothing away: one that was begun ends where it did, or before where the bounds are smaller by now.
 */
export async function nextChunk(
  read: ReadBatch,
  { next, until }: Pick<StreamCursor, 'next' | 'until'>,
  bounds: ChunkBounds,
): Promise<Chunk> {
  // An end that is passed already is nobody's: with it nothing would go on for ever.
  const gathering = new Gathering(next, until !== null && isBefore(next, until) ? until : null, bounds);
  for (let looked = 0; looked < bounds.batches && !gathering.isComplete(); looked += 1) {
    const batch = await read(gathering.end.sequence);
    if (batch === undefined) break;
    gathering.add(batch);
  }
  return { from: next, until: gathering.end, messages: gathering.messages, skipped: gathering.skipped };
}

class Gathering {
  readonly messages: StreamedMessage[] = [];
  readonly skipped: BatchRange[] = [];
  readonly #until: Position | null;
  readonly #bounds: ChunkBounds;
  #end: Position;
  #bytes = 0;
  #full = false;

  constructor(from: Position, until: Position | null, bounds: ChunkBounds) {
    this.#end = from;
    this.#until = until;
    this.#bounds = bounds;
  }

  get end(): Position {
    return this.#end;
  }

  isComplete(): boolean {
    return this.#full || (this.#until !== null && !isBefore(this.#end, this.#until));
  }

  add({ sequence, wanted }: SelectedBatch): void {
    // Numbers of a log have no holes, unless somebody made one.
    if (sequence > this.#end.sequence) this.#skip({ from: this.#end.sequence, to: sequence - 1 });
    if (this.isComplete()) return;
    if (wanted === null) {
      this.#skip({ from: sequence, to: sequence });
      return;
    }
    for (const { leaf, message } of wanted) {
      if (leaf < this.#end.leaf) continue;
      this.#end = { sequence, leaf };
      if (this.isComplete() || !this.#take(message)) return;
    }
    this.#end = this.#until?.sequence === sequence ? this.#until : { sequence: sequence + 1, leaf: 0 };
  }

  #skip(range: BatchRange): void {
    const before = this.skipped.at(-1);
    if (before !== undefined && before.to + 1 === range.from)
      this.skipped.splice(-1, 1, { from: before.from, to: range.to });
    else this.skipped.push(range);
    this.#end = { sequence: range.to + 1, leaf: 0 };
  }

  /** @returns false when it has to wait for the next chunk; the first one never has */
  #take(message: StreamedMessage): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(message)) + 1;
    const { messages: most, bytes: mostBytes } = this.#bounds;
    this.#full =
      this.messages.length > 0 && (this.messages.length >= most || this.#bytes + bytes > mostBytes);
    if (this.#full) return false;
    this.#bytes += bytes;
    this.messages.push(message);
    return true;
  }
}
