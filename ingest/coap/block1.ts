/** Requests in several blocks (RFC 7959 section 2.5), put together in bounded memory. */
import type { Block } from './block.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ReplyCode } from './exchange.ts';

/** Of a request, all blocks together. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Requests that are being put together at one time: 16 MiB, if all were of the largest size. */
const MOST_UNFINISHED = 256;
const BLOCKS_WITHIN_MS = 60_000;

/** What to do with a block: go on with the whole request, or answer. */
export type BlockOutcome = { readonly whole: Uint8Array } | { readonly answer: ReplyCode };

interface Unfinished {
  readonly blocks: Uint8Array[];
  readonly bytes: number;
}

export class BlockAssembly {
  readonly #unfinished: BoundedMap<Unfinished>;

  constructor(now: () => number) {
    this.#unfinished = new BoundedMap({ most: MOST_UNFINISHED, lifetimeMs: BLOCKS_WITHIN_MS, now });
  }

  /**
   * Takes the next block, in order: a client sends one after the other, and one that is out of turn tells it to begin
   * again (4.08). Nothing is kept, or made room for, by what a sender only claims.
   *
   * @param key of the request: its sender, and what it asks for
   */
  take(key: string, { number, more, size }: Block, payload: Uint8Array): BlockOutcome {
    const before = number === 0 ? { blocks: [], bytes: 0 } : this.#unfinished.get(key);
    if (before === undefined || before.bytes !== number * size) return this.#drop(key, '4.08');
    if (payload.length > size || (more && payload.length !== size)) return this.#drop(key, '4.00');
    const bytes = before.bytes + payload.length;
    if (bytes > MAX_REQUEST_BYTES) return this.#drop(key, '4.13');
    const blocks = [...before.blocks, payload];
    if (!more) {
      this.#unfinished.delete(key);
      return { whole: Buffer.concat(blocks) };
    }
    this.#unfinished.set(key, { blocks, bytes });
    return { answer: '2.31' };
  }

  #drop(key: string, answer: ReplyCode): BlockOutcome {
    this.#unfinished.delete(key);
    return { answer };
  }
}
