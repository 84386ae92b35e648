import type { RollupPoint } from '../api/types.ts';

/**
 * A bounded stretch of time in buckets of equal width: what a chart holds in memory. Roll-ups from the gateway fill
 * it, live values are folded into it, and whatever leaves the stretch is forgotten, so it never grows beyond
 * `span / bucketMs + 2` points, however fast a device sends and however long the page stays open.
 */
export class BucketWindow {
  readonly bucketMs: number;
  readonly #spanMs: number;
  /** Ascending, one for each bucket that has values. */
  readonly #points: RollupPoint[] = [];
  #revision = 0;

  /** @param spanMs length of the stretch in milliseconds; Infinity keeps everything that roll-ups brought. */
  constructor(options: { bucketMs: number; spanMs: number }) {
    this.bucketMs = Math.max(1, Math.floor(options.bucketMs));
    this.#spanMs = options.spanMs;
  }

  get points(): readonly RollupPoint[] {
    return this.#points;
  }

  /** Grows with every change, so that a chart knows whether to draw again. */
  get revision(): number {
    return this.#revision;
  }

  get last(): RollupPoint | undefined {
    return this.#points.at(-1);
  }

  fill(points: readonly RollupPoint[]): void {
    for (const point of points) this.#fold(point);
  }

  /** A live value, heard at the instant `now`; one that is older than the stretch is left out. */
  add(ts: number, value: number, now: number): void {
    if (ts < now - this.#spanMs) return;
    this.#fold({ ts, min: value, max: value, avg: value, count: 1 });
    this.advance(now);
  }

  /** Forgets what is older than the stretch that ends at this instant. */
  advance(now: number): void {
    const keepFrom = now - this.#spanMs - this.bucketMs;
    let stale = 0;
    while ((this.#points[stale]?.ts ?? Infinity) < keepFrom) stale += 1;
    if (stale === 0) return;
    this.#points.splice(0, stale);
    this.#revision += 1;
  }

  #fold(point: RollupPoint): void {
    const ts = Math.floor(point.ts / this.bucketMs) * this.bucketMs;
    this.#revision += 1;
    const at = this.#position(ts);
    const present = this.#points[at];
    if (present?.ts === ts) this.#points[at] = merge(present, point);
    else this.#points.splice(at, 0, { ...point, ts });
  }

  /** Where a bucket is or belongs. From the end, because live values nearly always go there. */
  #position(ts: number): number {
    let at = this.#points.length;
    while (at > 0 && (this.#points[at - 1]?.ts ?? -Infinity) >= ts) at -= 1;
    return at;
  }
}

function merge(left: RollupPoint, right: RollupPoint): RollupPoint {
  const count = left.count + right.count;
  return {
    ts: left.ts,
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
    avg: (left.avg * left.count + right.avg * right.count) / count,
    count,
  };
}

/**
 * From how many milliseconds between two points on the line is broken: a silence must not look like a measured
 * straight line, but a device that sends each minute is not silent. Four times the usual distance, which is the median.
 */
export function gapThreshold(points: readonly RollupPoint[], bucketMs: number): number {
  const distances = points.slice(1).map(({ ts }, index) => ts - (points[index]?.ts ?? ts));
  distances.sort((left, right) => left - right);
  const usual = distances[Math.floor(distances.length / 2)] ?? bucketMs;
  return 4 * Math.max(usual, bucketMs);
}
