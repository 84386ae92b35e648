/** Wording of differences: short, and with the two values that disagree. */
import type { Word } from './reference.ts';
import type { PlacedReading } from './stored.ts';

export function instant(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `${milliseconds} ms` : date.toISOString();
}

/** `press-07 seq 17 temperature 73.9 at 2013-12-02T21:15:00.000Z`. */
export function describeReading({ device, seq, sensor, value, ts }: PlacedReading): string {
  return `${device} seq ${seq} ${sensor} ${value} at ${instant(ts)}`;
}

/** A column with what it holds and what it should; in the order of the table. */
export type ComparedColumn = readonly [column: string, is: string | number, was: string | number];

/** `column is X, anchored was Y`. */
function columnDiffers([column, is, was]: ComparedColumn, word: Word): string {
  return `${column} is ${is}, ${word} was ${was}`;
}

export function differingColumns(columns: readonly ComparedColumn[], word: Word): string[] {
  return columns.filter(([, is, was]) => is !== was).map((column) => columnDiffers(column, word));
}
