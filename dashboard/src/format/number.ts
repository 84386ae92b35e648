const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 12345 -> `12,345`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** 12345678 -> `12.3M`: for narrow places; give the exact number elsewhere. */
export function formatCompact(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}

const PRECISIONS: readonly [limit: number, digits: number][] = [
  [10, 3],
  [1_000, 2],
  [100_000, 1],
  [Infinity, 0],
];

/** A measured value at about four significant digits, with a stable number of decimals so that it does not jitter. */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e9)) return value.toPrecision(4);
  const digits = PRECISIONS.find(([limit]) => size < limit)?.[1] ?? 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** 5_000_000 -> `5 MB`: units of a thousand, as files are sold. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const size = bytes / 1000 ** unit;
  return `${size.toLocaleString('en', { maximumSignificantDigits: 3 })} ${BYTE_UNITS[unit] ?? ''}`;
}
