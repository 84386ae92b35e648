/**
 * Decides what happened to readings that are not at their place. A reading that was anchored at one place and is
 * found at another was moved, be it within its message, its batch or across batches; only then is the rest changed,
 * missing or added. So two swapped rows are told from two changed ones.
 */
import { type ComparedColumn, describeReading, differingColumns, instant } from './describe.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import { type Misplaced, placeKey } from './reading-check.ts';
import type { Word } from './reference.ts';
import { type PlacedReading, telemetryId } from './stored.ts';

export interface Misplacements {
  lost: readonly Misplaced[];
  found: readonly Misplaced[];
}

/** Whether a difference at this reading is to be told; the whole is needed all the same to see what moved where. */
export type Concerns = (reading: PlacedReading) => boolean;

interface Explained {
  difference: Difference;
  readings: PlacedReading[];
}

/** One difference for each row that is wrong and each reading that no row holds. */
export function explainMisplaced(
  misplacements: Misplacements,
  concerns: Concerns = () => true,
): Difference[] {
  return explainAll(misplacements)
    .filter(({ readings }) => readings.some(concerns))
    .map(({ difference }) => difference);
}

function explainAll({ lost, found }: Misplacements): Explained[] {
  const homes = Map.groupBy(lost, ({ reading }) => contentKey(reading));
  const unexplained = new Set(lost);
  const strangers: Misplaced[] = [];
  const results: Explained[] = [];
  for (const item of found) {
    const home = homes.get(contentKey(item.reading))?.shift();
    if (home === undefined) {
      strangers.push(item);
    } else {
      unexplained.delete(home);
      results.push(moved(item, home));
    }
  }
  const originals = originalsOf(strangers, lost);
  for (const item of strangers) {
    const original = originals.get(item);
    if (original !== undefined) unexplained.delete(original);
    results.push(original === undefined ? added(item) : changed(item, original));
  }
  return [...results, ...[...unexplained].map(missing)];
}

function contentKey({ tenant, device, epoch, seq, ts, sensor, value }: PlacedReading): string {
  return JSON.stringify([tenant, device, epoch, seq, ts, sensor, value]);
}

/** What each changed row was. Of several strangers with one id only one can be the anchored row; the others were added. */
function originalsOf(strangers: readonly Misplaced[], lost: readonly Misplaced[]): Map<Misplaced, Misplaced> {
  const byPlace = Map.groupBy(strangers, ({ reading }) => placeKey(reading));
  const originals = new Map<Misplaced, Misplaced>();
  for (const original of lost) {
    const row = mostAlike(byPlace.get(placeKey(original.reading)) ?? [], original.reading);
    if (row !== undefined) originals.set(row, original);
  }
  return originals;
}

function mostAlike(rows: readonly Misplaced[], original: PlacedReading): Misplaced | undefined {
  let best: { row: Misplaced; likeness: number } | undefined;
  for (const row of rows) {
    const score = likeness(row.reading, original);
    if (best === undefined || score > best.likeness) best = { row, likeness: score };
  }
  return best?.row;
}

/** The table's key is id and timestamp: a row that has both is the anchored one, whatever its other columns say. */
function likeness(row: PlacedReading, original: PlacedReading): number {
  if (row.ts === original.ts) return Infinity;
  const columns = ['tenant', 'device', 'epoch', 'seq', 'sensor', 'value'] as const;
  return columns.filter((column) => row[column] === original[column]).length;
}

function where({ reading, origin }: Misplaced): string {
  return `${origin} leaf ${reading.leaf}`;
}

/** @param readings the row that is named, or the reading that no row holds; then others that it is about. */
function explained(
  kind: DifferenceKind,
  what: string,
  readings: [PlacedReading, ...PlacedReading[]],
): Explained {
  return { difference: { kind, table: 'telemetry', key: telemetryId(readings[0]), what }, readings };
}

function moved(item: Misplaced, home: Misplaced): Explained {
  const what = `${describeReading(item.reading)} stands at ${where(item)}, ${home.word} was it at ${where(home)} (id ${telemetryId(home.reading)})`;
  return explained('reordered', what, [item.reading, home.reading]);
}

function changed(item: Misplaced, original: Misplaced): Explained {
  const { device, seq, sensor } = original.reading;
  const what = `${device} seq ${seq} ${sensor} (${where(original)}): ${changedColumns(item.reading, original.reading, original.word)}`;
  return explained('changed', what, [item.reading, original.reading]);
}

function added(item: Misplaced): Explained {
  const what = `${describeReading(item.reading)} (${where(item)}): nothing ${item.word} accounts for this row`;
  return explained('added', what, [item.reading]);
}

function missing(item: Misplaced): Explained {
  const what = `${describeReading(item.reading)} (${where(item)}): ${item.word}, and no row holds it`;
  return explained('missing', what, [item.reading]);
}

function changedColumns(row: PlacedReading, original: PlacedReading, word: Word): string {
  const columns: ComparedColumn[] = [
    ['tenant', row.tenant, original.tenant],
    ['device_id', row.device, original.device],
    ['epoch', row.epoch, original.epoch],
    ['seq', row.seq, original.seq],
    ['sensor_type', row.sensor, original.sensor],
    ['value', row.value, original.value],
    ['timestamp', instant(row.ts), instant(original.ts)],
  ];
  return differingColumns(columns, word).join('; ');
}
