const MINUTE = 60_000;

export interface Range {
  key: string;
  label: string;
  /** In words behind "in": "the last hour". */
  words: string;
  /** Milliseconds back from now; Infinity for everything there is. */
  spanMs: number;
}

const LIVE_RANGE: Range = {
  key: '5m',
  label: '5 min',
  words: 'the last 5 minutes',
  spanMs: 5 * MINUTE,
};
export const WHOLE_RANGE: Range = { key: 'all', label: 'All', words: 'any time', spanMs: Infinity };

export const RANGES: readonly Range[] = [
  LIVE_RANGE,
  { key: '1h', label: '1 h', words: 'the last hour', spanMs: 60 * MINUTE },
  { key: '24h', label: '24 h', words: 'the last 24 hours', spanMs: 24 * 60 * MINUTE },
  { key: '7d', label: '7 d', words: 'the last 7 days', spanMs: 7 * 24 * 60 * MINUTE },
  WHOLE_RANGE,
];

/** Enough points for one in two pixels on a wide screen; more would be drawn over each other. */
export const CHART_POINTS = 600;

/** The range of this key, or the shortest that shows the latest reading: a chart should not open empty. */
export function chooseRange(key: unknown, latest: number | undefined, now: number): Range {
  const asked = RANGES.find((range) => range.key === key);
  if (asked !== undefined) return asked;
  if (latest === undefined) return LIVE_RANGE;
  return RANGES.find(({ spanMs }) => latest >= now - spanMs) ?? WHOLE_RANGE;
}
