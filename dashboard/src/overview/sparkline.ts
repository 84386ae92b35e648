/**
 * The outline of a small chart as SVG path data, newest value at the right edge. Values share the width as if there
 * were `capacity` of them, so the line grows in from the right instead of stretching.
 *
 * @returns undefined when there are fewer than two values
 */
export function sparkline(
  values: readonly number[],
  { width, height, capacity }: { width: number; height: number; capacity: number },
): { line: string; area: string } | undefined {
  if (values.length < 2) return undefined;
  const top = Math.max(1, ...values) * 1.1;
  const stride = width / (capacity - 1);
  const start = width - (values.length - 1) * stride;
  const points = values.map((value, index) => [
    round(start + index * stride),
    round(height - (value / top) * height),
  ]);
  const line = `M${points.map(([x, y]) => `${x} ${y}`).join('L')}`;
  return { line, area: `${line}V${height}H${round(start)}Z` };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
