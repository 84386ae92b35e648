/** How often a device sends a message, learnt from its last gaps. */

const REMEMBERED = 5;
/** So many gaps say something. */
const ENOUGH = 3;
/** Until then, and where the type does not say. */
const UNKNOWN_MS = 10 * 60_000;
/** So many of what is expected may be missing; and no device has to speak more often than this. */
const MISSES = 3;
const LEAST_MS = 30_000;

/** The last gaps in milliseconds, oldest first. */
export type Habit = readonly number[];

/** @param stored the interval as it was kept; null when there was none */
export function habitOf(stored: number | null): Habit {
  return stored === null ? [] : Array.from({ length: ENOUGH }, () => stored);
}

export function learnt(habit: Habit, gapMs: number): Habit {
  return [...habit.slice(1 - REMEMBERED), Math.max(0, gapMs)];
}

/** Milliseconds between two messages: the median gap; null while too few are known. */
export function intervalOf(habit: Habit): number | null {
  if (habit.length < ENOUGH) return null;
  return [...habit].sort((left, right) => left - right)[Math.floor(habit.length / 2)] ?? null;
}

/** For how long nothing need be heard of it. @param intervalMs that is expected; null when nobody knows */
export function allowanceOf(intervalMs: number | null): number {
  return Math.max(LEAST_MS, MISSES * (intervalMs ?? UNKNOWN_MS));
}
