import { z } from 'zod';

import { Tail, tailSchema } from './tail.ts';

export const signSchema = z.strictObject({ up: tailSchema, down: tailSchema });
type SignState = z.infer<typeof signSchema>;

/** Something about readings that is 0 in the middle, and how far from it, either way, it usually is. */
export class Sign {
  readonly #up: Tail;
  readonly #down: Tail;

  constructor(saved?: SignState) {
    this.#up = new Tail(saved?.up);
    this.#down = new Tail(saved?.down);
  }

  /** @returns -log10 of the probability of being so far off to that side */
  decades(size: number): number {
    return size < 0 ? this.#down.decades(-size) : this.#up.decades(size);
  }

  /** Between what it lies, unless it is as rare as that. */
  range(decades: number): { low: number; high: number } {
    return { low: -this.#down.sizeAt(decades), high: this.#up.sizeAt(decades) };
  }

  learn(size: number, memory: number): void {
    this.#up.learn(Math.max(size, 0), memory);
    this.#down.learn(Math.max(-size, 0), memory);
  }

  save(): SignState {
    return { up: this.#up.save(), down: this.#down.save() };
  }
}
