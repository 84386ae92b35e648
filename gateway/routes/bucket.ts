const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Lengths that people think in; each divides a longer one, so that buckets begin where clocks do. */
const LENGTHS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * DAY),
];

/** How many buckets of a length, begun at multiples of it, the instants from `from` up to `to` touch. */
function touched({ from, to }: { from: number; to: number }, length: number): number {
  return Math.floor((to - 1) / length) - Math.floor(from / length) + 1;
}

/** The shortest round length, in milliseconds, of which at most `points` buckets cover the range. */
export function bucketFor({ from, to, points }: { from: number; to: number; points: number }): number {
  const round = LENGTHS.find((length) => touched({ from, to }, length) <= points);
  if (round !== undefined) return round;
  // A range beyond all use, or one point astride a boundary: as long as need be.
  const length = DAY * Math.ceil((to - from) / points / DAY);
  return touched({ from, to }, length) <= points ? length : Math.max(to, 1);
}
