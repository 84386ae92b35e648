import { setTimeout as delay } from 'node:timers/promises';

/** Time, handed in so that tests need not wait for it. */
export interface MirrorClock {
  /** Milliseconds since some instant; unlike the wall clock it is never set. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Returns after `ms` milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: MirrorClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};
