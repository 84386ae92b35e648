import { BiotError } from '../errors.ts';
import { bounded, gain } from './average.ts';
import type { Expectation } from './expectation.ts';
import { Rhythm } from './rhythm.ts';
import { Season } from './season.ts';
import { type SignName, Signs, type Sizes } from './signs.ts';
import { type DetectorSnapshot, snapshotSchema } from './snapshot.ts';
import { Spread } from './spread.ts';
import { Stretch } from './stretch.ts';
import type { AnomalyExplanation, AnomalyReason, AnomalyVerdict } from './verdict.ts';

/** One reading in some 30,000. */
export const DEFAULT_THRESHOLD = 0.5;
const HIGHEST_THRESHOLD = 0.9;
/** What is smaller is nothing, what is larger as large as that. */
const LEAST = 1e-30;
const MOST = 1e30;
/** Decades at which the score is one half. */
const HALF = 4.5;
/** Of how many readings the means are. */
const FEW = 8;
const MANY = 64;
/** How many readings the signs remember: a month's, but at least and at most so many. */
const MEMORY = { days: 30, least: 5_000, most: 1_000_000 };
/** How many the level follows, and the warm-up lasts: a day's, within bounds. */
const LEVEL = { least: 100, most: 1000 };
const WARM_UP = { least: 150, most: 750 };
/** How many usual readings end an anomaly: a day's, within bounds. */
const QUIET = { least: 100, most: 300 };
/** Of how many readings the centre is the mean. */
const CENTRE_MEMORY = 5_000;

export interface DetectorOptions {
  /** Score from which on a reading is anomalous; above 0, at most 0.9. */
  readonly threshold?: number;
}

export interface Detector {
  /**
   * Judges a reading by those before it, then learns from it.
   *
   * @param ts milliseconds since the Unix epoch; need not be later than that of the reading before
   * @param value finite
   */
  observe(ts: number, value: number): AnomalyVerdict;
  /** All that it knows, as plain JSON of less than 16 KiB. */
  snapshot(): DetectorSnapshot;
}

/** A detector of anomalies of one sensor. @throws BiotError INVALID_ARGUMENT for a threshold that is none */
export function createDetector({ threshold = DEFAULT_THRESHOLD }: DetectorOptions = {}): Detector {
  if (!(threshold > 0 && threshold <= HIGHEST_THRESHOLD))
    throw new BiotError('INVALID_ARGUMENT', `a threshold lies above 0 and is at most ${HIGHEST_THRESHOLD}`);
  return new SensorDetector(threshold);
}

/** One that goes on where the other one was. @throws BiotError INVALID_ARGUMENT when it is no snapshot */
export function restoreDetector(snapshot: unknown): Detector {
  const parsed = snapshotSchema.safeParse(snapshot);
  if (!parsed.success)
    throw new BiotError('INVALID_ARGUMENT', 'this is no snapshot of a detector', { cause: parsed.error });
  return new SensorDetector(parsed.data.threshold, parsed.data);
}

class SensorDetector implements Detector {
  readonly #threshold: number;
  readonly #decades: number;
  readonly #rhythm: Rhythm;
  readonly #season: Season;
  readonly #spread: Spread;
  readonly #signs: Signs;
  readonly #stretch: Stretch;
  readonly #readings: DetectorSnapshot['readings'];

  constructor(threshold: number, saved?: DetectorSnapshot) {
    this.#threshold = threshold;
    this.#decades = (HALF * threshold) / (1 - threshold);
    this.#rhythm = new Rhythm(saved?.rhythm);
    this.#season = new Season(saved?.season);
    this.#spread = new Spread(saved?.spread);
    this.#signs = new Signs(saved?.signs);
    this.#stretch = new Stretch(saved?.stretch);
    this.#readings = saved?.readings ?? { count: 0, few: 0, many: 0, centre: 0, usualOffset: 0 };
  }

  observe(ts: number, given: number): AnomalyVerdict {
    const value = measurable(given);
    const afterGap = this.#rhythm.beat(ts);
    const { perDay } = this.#rhythm;
    const expectation = this.#season.look(ts, value);
    const sizes = this.#measure(value, expectation, afterGap);
    const { count } = this.#readings;
    const ready = count > within(perDay, WARM_UP);
    const { name, decades } = ready
      ? this.#signs.rarest(sizes, count)
      : { name: 'value' as const, decades: 0 };
    const anomalous = this.#stretch.begins(decades, this.#decades, within(perDay, QUIET));
    const verdict = {
      score: decades / (decades + HALF),
      anomalous,
      ongoing: this.#stretch.ongoing,
      ready,
      reason: decades < this.#decades ? null : reasonOf(name, sizes[name], expectation.seasonal),
      explanation: this.#stretch.ongoing ? this.#explain(name, value, sizes, expectation) : null,
    };
    this.#learn(ts, value, sizes);
    return verdict;
  }

  snapshot(): DetectorSnapshot {
    return {
      version: 1,
      threshold: this.#threshold,
      readings: { ...this.#readings },
      rhythm: this.#rhythm.save(),
      season: this.#season.save(),
      spread: this.#spread.save(),
      signs: this.#signs.save(),
      stretch: this.#stretch.save(),
    };
  }

  #measure(value: number, expectation: Expectation, afterGap: boolean): Sizes {
    const readings = this.#readings;
    if (readings.count === 0) readings.centre = value;
    if (afterGap) readings.few = readings.many = 0;
    const step = afterGap ? 0 : expectation.step;
    const deviation = expectation.deviation;
    readings.few += (deviation - readings.few) / FEW;
    readings.many += (deviation - readings.many) / MANY;
    if (readings.count > 0 && !afterGap) this.#spread.add(step);
    return {
      value: deviation,
      step,
      few: readings.few,
      many: readings.many,
      spread: this.#spread.change,
      centre: value - readings.centre,
    };
  }

  #learn(ts: number, value: number, sizes: Sizes): void {
    const { perDay } = this.#rhythm;
    const readings = this.#readings;
    readings.count += 1;
    this.#signs.learn(sizes, within(MEMORY.days * perDay, MEMORY));
    this.#season.learn(ts, value, within(perDay, LEVEL));
    const offset = bounded(sizes.centre, readings.usualOffset, readings.count);
    const weight = gain(readings.count, CENTRE_MEMORY);
    readings.centre += weight * offset;
    readings.usualOffset += weight * (Math.abs(offset) - readings.usualOffset);
  }

  #explain(name: SignName, value: number, sizes: Sizes, expectation: Expectation): AnomalyExplanation {
    const { low, high } = this.#signs.range(name, this.#decades);
    if (name === 'spread') {
      const { recent, usual } = this.#spread;
      return {
        measured: 'spread',
        came: recent,
        expected: usual,
        low: usual * Math.exp(Math.min(low + 1, 0)),
        high: usual * Math.max(high, 1),
      };
    }
    const expected = name === 'step' || name === 'centre' ? value - sizes[name] : value - expectation.error;
    const unit = name === 'step' || name === 'centre' ? 1 : expectation.unit;
    const mean = name === 'few' || name === 'many';
    const came = mean ? expected + unit * sizes[name] : value;
    return {
      measured: mean ? 'mean' : 'value',
      came,
      expected,
      low: expected + unit * low,
      high: expected + unit * high,
    };
  }
}

/** Squares and ratios of what is kept are numbers, too. */
function measurable(value: number): number {
  return Math.abs(value) < LEAST ? 0 : Math.min(Math.max(value, -MOST), MOST);
}

function within(wanted: number, { least, most }: { least: number; most: number }): number {
  return Math.min(Math.max(wanted, least), most);
}

function reasonOf(name: SignName, size: number, seasonal: boolean): AnomalyReason {
  switch (name) {
    case 'value':
    case 'step':
      return 'spike';
    case 'centre':
      return 'extreme';
    case 'spread':
      return size > 0 ? 'noise' : 'flat';
    case 'few':
      return seasonal ? 'seasonal break' : 'level shift';
    case 'many':
      return seasonal ? 'seasonal break' : 'drift';
  }
}
