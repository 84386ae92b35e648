const WAITS = {
  /** A first attempt that finds nobody is repeated soon, and less and less often. */
  absent: { firstMs: 1_000, longestMs: 30_000 },
  /** What the broker took and nobody answers may be lost with the broker; a device does not do it twice. */
  unanswered: { firstMs: 10_000, longestMs: 300_000 },
} as const;

/**
 * When something is to be handed to the broker again, if nothing happens until then.
 *
 * @param attempts so far @param random from 0 up to 1
 */
export function nextAttempt(
  why: keyof typeof WAITS,
  attempts: number,
  { now, random }: { now: number; random: number },
): number {
  const { firstMs, longestMs } = WAITS[why];
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 30));
  return now + Math.ceil(most * (0.5 + random / 2));
}
