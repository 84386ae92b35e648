/** What one more counts in an average of at most `memory`: all count the same until there are so many. */
export function gain(count: number, memory: number): number {
  return 1 / Math.max(Math.min(count, memory), 1);
}

/** Keeps a deviation from counting for more than so many usual ones, once it is known what is usual. */
export function bounded(deviation: number, usual: number, count: number): number {
  if (count < KNOWN) return deviation;
  return Math.min(Math.max(deviation, -MOST_USUAL * usual), MOST_USUAL * usual);
}

const KNOWN = 100;
const MOST_USUAL = 3;
