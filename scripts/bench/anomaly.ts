import { setImmediate as turn } from 'node:timers/promises';

import { z } from 'zod';

import { createDetector } from '../../chaincode/protocol/anomaly/detector.ts';
import { type Contestant, OURS, PLAIN } from './anomaly/detectors.ts';
import { type LabelledSeries, readFolder } from './anomaly/labelled-series.ts';
import { madeSeries } from './anomaly/made-series.ts';
import { normalised, type Score, score } from './anomaly/nab.ts';
import { type BenchContext, defineBench, type Figure, type Report } from './bench.ts';

const MADE = 'made';

const settingsSchema = z.strictObject({
  data: z
    .string()
    .min(1)
    .default(MADE)
    .meta({
      placeholder: 'DIR',
      description: `folder of CSV files (timestamp,value; UTC) with windows.json: file -> list of [from, to] (default ${MADE}: series with known anomalies, made up)`,
    }),
});

/** With one threshold for all series. */
interface Outcome {
  readonly threshold: number;
  /** One a series. */
  readonly scores: readonly Score[];
}

interface Judged {
  readonly usual: Outcome;
  readonly best: Outcome;
}

export const anomaly = defineBench({
  summary: 'what the anomaly detector finds in labelled series, scored as the Numenta Anomaly Benchmark does',
  settings: settingsSchema,
  measure: async ({ data }, context) => {
    const { series: all, notes } =
      data === MADE ? { series: madeSeries(1), notes: [] } : await readFolder(data);
    const { progress } = context;
    const ours = await progress.step('our detector', () => judge(OURS, all, context));
    const plain = await progress.step('the plain one', () => judge(PLAIN, all, context));
    return report(all, { ours, plain, cost: costOf(all), notes });
  },
});

async function judge(
  contestant: Contestant,
  all: readonly LabelledSeries[],
  { interrupt }: BenchContext,
): Promise<Judged> {
  const outcomes: Outcome[] = [];
  for (const threshold of contestant.thresholds) {
    // So that Ctrl-C is heard in between.
    await turn();
    interrupt.throwIfAborted();
    outcomes.push(outcomeOf(contestant, all, threshold));
  }
  const [first, ...others] = outcomes;
  if (first === undefined) throw new RangeError('a contestant has thresholds');
  return {
    usual: outcomeOf(contestant, all, contestant.usualThreshold),
    best: others.reduce((best, other) => (sumOf(other, 'raw') > sumOf(best, 'raw') ? other : best), first),
  };
}

function outcomeOf(contestant: Contestant, all: readonly LabelledSeries[], threshold: number): Outcome {
  const scores = all.map(({ rows, windows }) =>
    score({ readings: rows.length, windows, detections: contestant.detect(rows, threshold) }),
  );
  return { threshold, scores };
}

const sumOf = ({ scores }: Outcome, member: keyof Score): number =>
  scores.reduce((sum, one) => sum + one[member], 0);

interface Cost {
  readonly microseconds: number;
  readonly snapshotBytes: number;
}

/** Time of the processor, whatever else it does. */
function costOf(all: readonly LabelledSeries[]): Cost {
  let [readings, microseconds, snapshotBytes] = [0, 0, 0];
  for (const { rows } of all) {
    const detector = createDetector();
    const before = process.cpuUsage();
    for (const { ts, value } of rows) detector.observe(ts, value);
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
    readings += rows.length;
    snapshotBytes = Math.max(snapshotBytes, JSON.stringify(detector.snapshot()).length);
  }
  return { microseconds: microseconds / readings, snapshotBytes };
}

function report(
  all: readonly LabelledSeries[],
  { ours, plain, cost, notes }: { ours: Judged; plain: Judged; cost: Cost; notes: readonly string[] },
): Report {
  return {
    parts: all.map(({ name }, index) => ({
      file: name,
      windows: ours.usual.scores[index]?.windows ?? 0,
      ...columns('', ours.usual.scores[index]),
      ...columns('best_', ours.best.scores[index]),
      ...columns('plain_', plain.usual.scores[index]),
      ...columns('plain_best_', plain.best.scores[index]),
    })),
    figures: [
      ...figuresOf('', ours.usual, 'our default threshold'),
      ...figuresOf('best_', ours.best, 'the best threshold for these series, as the benchmark chooses it'),
      ...figuresOf('plain_', plain.usual, 'plain, three standard deviations'),
      ...figuresOf('plain_best_', plain.best, 'plain, the best threshold for these series'),
      { name: 'windows', value: sumOf(ours.usual, 'windows'), meaning: 'labelled, after the probation' },
      { name: 'null_score', value: 0, meaning: 'of a detector that says nothing' },
      {
        name: 'us_per_reading',
        value: cost.microseconds,
        meaning: 'processor time of our detector for one reading',
      },
      {
        name: 'snapshot_bytes',
        value: cost.snapshotBytes,
        meaning: 'the largest snapshot of a detector, as JSON',
      },
    ],
    notes: [
      ...notes,
      'standard profile; 100: every window detected at its first reading and nothing else; 15 % of a file, 750 readings at most, are not scored',
      'streaming: each reading is judged by those before it; best_: the threshold that scores best over all these files, known only afterwards',
      'plain alternative: distance from the mean of all readings before, in standard deviations; one detection for 256 readings and more without one',
    ],
    sound: [ours, plain].every(({ best }) => best.scores.every(({ raw }) => Number.isFinite(raw))),
  };
}

function columns(prefix: string, of: Score | undefined): Record<string, number | null> {
  const value = of === undefined ? null : normalised([of]);
  return {
    [`${prefix}detected`]: of?.detected ?? 0,
    [`${prefix}false`]: of?.falsePositives ?? 0,
    [`${prefix}score`]: value === null ? null : Number(value.toFixed(1)),
  };
}

function figuresOf(prefix: string, outcome: Outcome, meaning: string): Figure[] {
  return [
    { name: `${prefix}score`, value: normalised(outcome.scores) ?? 0, meaning },
    { name: `${prefix}threshold`, value: outcome.threshold, meaning: '… that threshold' },
    { name: `${prefix}detected`, value: sumOf(outcome, 'detected'), meaning: '… windows detected' },
    {
      name: `${prefix}false_positives`,
      value: sumOf(outcome, 'falsePositives'),
      meaning: '… detections outside of all windows',
    },
  ];
}
