import type { Time } from '../../network/time.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Time that passes when a test says so. */
export class ManualTime implements Time {
  readonly #start: number;
  #passed = 0;
  #timers: Timer[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#passed;
  }

  elapsed(): number {
    return this.#passed;
  }

  random(): number {
    return 1;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#passed + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Lets time pass and runs what is due, in order, giving everybody the turns they need in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#passed + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#passed = Math.max(this.#passed, next.due);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
    }
    this.#passed = end;
  }
}

/** Lets all promises that can go on do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
