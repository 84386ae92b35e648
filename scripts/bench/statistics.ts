/**
 * The smallest value that at least `share` (above 0, up to 1) of all values do not exceed: the nearest-rank percentile,
 * which is always one of the values.
 *
 * @throws RangeError when there are no values
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}

/** @throws RangeError when there are no values */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
