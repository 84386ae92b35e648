import { createDetector, DEFAULT_THRESHOLD } from '../../../chaincode/protocol/anomaly/detector.ts';
import type { Row } from '../../replay/series.ts';

/** Something that reads a series once, from its beginning, and says where anomalies begin. */
export interface Contestant {
  readonly usualThreshold: number;
  /** Among these the best one is looked for. */
  readonly thresholds: readonly number[];
  /** @returns indices of readings */
  detect(rows: readonly Row[], threshold: number): number[];
}

const steps = (first: number, step: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Number((first + index * step).toFixed(6)));

export const OURS: Contestant = {
  usualThreshold: DEFAULT_THRESHOLD,
  thresholds: steps(0.3, 0.02, 26),
  detect(rows, threshold) {
    const detector = createDetector({ threshold });
    return indicesWhere(rows, ({ ts, value }) => detector.observe(ts, value).anomalous);
  },
};

const WARM_UP = 150;
/** As many usual readings end an anomaly; our detector takes those of a day, within bounds. */
const QUIET = 256;

/** What is usually done: so many standard deviations from the mean of all readings before. */
export const PLAIN: Contestant = {
  usualThreshold: 3,
  thresholds: steps(2, 0.25, 33),
  detect(rows, threshold) {
    let [count, mean, squares, quietFor] = [0, 0, 0, QUIET];
    return indicesWhere(rows, ({ value }) => {
      const deviation = Math.sqrt(squares / Math.max(count, 1));
      const far = count >= WARM_UP && Math.abs(value - mean) > threshold * deviation;
      const begins = far && quietFor >= QUIET;
      quietFor = far ? 0 : quietFor + 1;
      count += 1;
      const difference = value - mean;
      mean += difference / count;
      squares += difference * (value - mean);
      return begins;
    });
  },
};

function indicesWhere(rows: readonly Row[], wanted: (row: Row) => boolean): number[] {
  return rows.flatMap((row, index) => (wanted(row) ? [index] : []));
}
