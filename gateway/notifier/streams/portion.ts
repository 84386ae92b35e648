import type { StreamCursor } from '../../../sql/queries/streams.ts';
import type { ChunkBounds } from './chunk.ts';

/** So much more after each chunk that was taken: a receiver with a bound of its own seldom meets it. */
const GROWTH = 1 / 8;

/**
 * How much a stream's receiver is given at once. What is too large for it is refused again and again, in words that nobody can
 * rely on: so after whatever was not taken half as many messages go, down to one, and a few more again after each that was.
 */
export class Portion {
  /** The most messages, by log; of others the bounds alone count. */
  readonly #most = new Map<string, number>();
  #failed = '';

  within(log: string, bounds: ChunkBounds): ChunkBounds {
    return { ...bounds, messages: Math.min(bounds.messages, this.#most.get(log) ?? bounds.messages) };
  }

  /** @param messages how many were not taken */
  failed(log: string, messages: number): void {
    this.#failed = log;
    if (messages > 1) this.#most.set(log, Math.floor(messages / 2));
  }

  taken(log: string, bounds: ChunkBounds): void {
    const most = this.#most.get(log) ?? bounds.messages;
    const more = most + Math.ceil(most * GROWTH);
    if (more < bounds.messages) this.#most.set(log, more);
    else this.#most.delete(log);
  }

  /** The log that failed last comes last, so that it keeps no other back. @param cursors in the order of their logs */
  inTurn(cursors: readonly StreamCursor[]): StreamCursor[] {
    const isAfter = ({ log }: StreamCursor): boolean => log > this.#failed;
    return [...cursors.filter(isAfter), ...cursors.filter((cursor) => !isAfter(cursor))];
  }
}
