import type { Report } from './difference.ts';
import type { Misplaced } from './reading-check.ts';
import { type Concerns, explainMisplaced } from './reading-moves.ts';

/** Readings that are held back at one time to find out what moved where; beyond, they are explained as they are. */
const MOST_HELD = 100_000;

/** Gathers readings that are not at their place, over all batches, and reports what happened to them. */
export class MisplacementList {
  readonly #report: Report;
  readonly #concerns: Concerns;
  #lost: Misplaced[] = [];
  #found: Misplaced[] = [];

  constructor(report: Report, concerns: Concerns) {
    this.#report = report;
    this.#concerns = concerns;
  }

  lost(item: Misplaced): void {
    this.#lost.push(item);
    this.#explainWhenFull();
  }

  found(item: Misplaced): void {
    this.#found.push(item);
    this.#explainWhenFull();
  }

  explain(): void {
    for (const difference of explainMisplaced({ lost: this.#lost, found: this.#found }, this.#concerns))
      this.#report(difference);
    this.#lost = [];
    this.#found = [];
  }

  #explainWhenFull(): void {
    if (this.#lost.length + this.#found.length >= MOST_HELD) this.explain();
  }
}
