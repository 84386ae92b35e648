import { setImmediate as turn } from 'node:timers/promises';
import type { MirrorClock } from './clock.ts';

interface Sleeper {
  until: number;
  wake: () => void;
}

/** Time that passes when a test says so. */
export class FakeClock implements MirrorClock {
  #now = 1_000_000;
  /** By how much the wall clock is ahead of the monotonic one. */
  wallOffset = 1_700_000_000_000;
  readonly #sleepers = new Set<Sleeper>();

  monotonicMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now + this.wallOffset;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Lets time pass in small steps, and in each whatever then is to happen. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end;) {
      this.#now += Math.min(50, end - this.#now);
      for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.#now) sleeper.wake();
      await settled();
    }
  }
}

/** Lets everything happen that waits neither for time nor for a test. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}
