import { setTimeout as delay } from 'node:timers/promises';

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
const SLOWING = 1.3;

/**
 * Asks again until the answer is yes, at first quickly and then less often.
 * @returns whether the answer was yes within `withinMs` milliseconds.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(pause * SLOWING, LONGEST_PAUSE_MS)) {
    if (await condition()) return true;
    if (performance.now() + pause > deadline) return false;
    await delay(pause);
  }
}
