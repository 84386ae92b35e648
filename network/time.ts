/** Time and chance, handed in so that tests need not wait for the one nor hope for the other. */
export interface Time {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some instant; unlike `now`, never set back or forward. */
  elapsed(): number;
  /** Calls `run` once, after so many milliseconds. @returns what calls it off */
  after(ms: number, run: () => void): () => void;
  /** A number from 0 up to but without 1. */
  random(): number;
}

export const systemTime: Time = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function pause(time: Time, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = time.after(ms, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
