/**
 * The score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad, "Evaluating Real-time Anomaly Detection
 * Algorithms", 2015), written after the paper and the published rules.
 */

/** What a detector found in a series. Indices count readings from 0. */
export interface Findings {
  readonly readings: number;
  /** First and last reading of each labelled window, in order and apart. */
  readonly windows: readonly (readonly [number, number])[];
  /** In order. */
  readonly detections: readonly number[];
}

export interface Score {
  readonly windows: number;
  readonly detected: number;
  readonly falsePositives: number;
  /** The sum of what the paper weighs: 1 for a window detected at its first reading, -1 for one that was missed. */
  readonly raw: number;
}

/** The weight of true negatives, 1, is not used: nothing is gained or lost by them. */
const WEIGHTS = { truePositive: 1, falsePositive: 0.11, falseNegative: 1 };
const PROBATION = { share: 0.15, most: 750 };
/** In lengths of a window: further behind it, a false positive is one like any other. */
const FAR = 3;

/** From how many readings a detector may only learn: what it says of them does not count. */
export function probation(readings: number): number {
  return Math.floor(Math.min(PROBATION.share * readings, PROBATION.most));
}

/** The scaled sigmoid: nearly 1 where a window begins (-1), 0 where it ends (0), -1 far behind it. */
export function worth(position: number): number {
  return position > FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** Within a window the first detection counts, outside of all each one. Windows of the probation do not count. */
export function score({ readings, windows, detections }: Findings): Score {
  const from = probation(readings);
  const counted = windows.filter(([first]) => first >= from);
  let raw = -WEIGHTS.falseNegative * counted.length;
  let falsePositives = 0;
  const detected = new Set<number>();
  for (const detection of detections.filter((index) => index >= from)) {
    const place = windows.findLastIndex(([first]) => first <= detection);
    const window = windows[place];
    if (window === undefined || detection > window[1]) {
      falsePositives += 1;
      raw += WEIGHTS.falsePositive * (window === undefined ? -1 : worthBehind(detection, window));
    } else if (window[0] >= from && !detected.has(place)) {
      detected.add(place);
      raw += WEIGHTS.falseNegative + WEIGHTS.truePositive * worthInside(detection, window);
    }
  }
  return { windows: counted.length, detected: detected.size, falsePositives, raw };
}

/**
 * 100 for who detects every window at its first reading and nothing else, 0 for who never says anything.
 *
 * @returns null when there is no window
 */
export function normalised(scores: readonly Score[]): number | null {
  const windows = scores.reduce((sum, one) => sum + one.windows, 0);
  const raw = scores.reduce((sum, one) => sum + one.raw, 0);
  const [silent, perfect] = [-WEIGHTS.falseNegative * windows, WEIGHTS.truePositive * windows];
  return windows === 0 ? null : (100 * (raw - silent)) / (perfect - silent);
}

/** As a share of what a detection at the window's first reading is worth. */
function worthInside(detection: number, [first, last]: readonly [number, number]): number {
  return worth((detection - last - 1) / (last - first + 1)) / worth(-1);
}

function worthBehind(detection: number, [first, last]: readonly [number, number]): number {
  return worth((detection - last) / Math.max(last - first, 1));
}
