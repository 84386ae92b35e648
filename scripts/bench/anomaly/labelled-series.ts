import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { parseInstant } from '../../replay/instants.ts';
import { readSeries, type Row, surveySeries } from '../../replay/series.ts';

/** Readings of which is known when something was wrong. */
export interface LabelledSeries {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Indices of the first and last reading of each window, in order. */
  readonly windows: readonly (readonly [number, number])[];
}

const WINDOWS = 'windows.json';

const instant = z.string().transform((text, context) => {
  const ts = parseInstant(text);
  if (typeof ts === 'number') return ts;
  context.addIssue({ code: 'custom', message: ts });
  return z.NEVER;
});
const windowSchema = z
  .tuple([instant, instant])
  .refine(([from, to]) => from <= to, { error: 'a window ends before it begins' });
const windowsSchema = z.record(z.string(), z.array(windowSchema));
type Windows = z.infer<typeof windowsSchema>;

export interface LabelledFolder {
  readonly series: readonly LabelledSeries[];
  /** What of `windows.json` is about no reading, and so was left out. */
  readonly notes: readonly string[];
}

/**
 * Reads every CSV file of a folder and of those in it, with the windows that its `windows.json` has for them, by their
 * names or by their paths in the folder. A file that it does not name has none.
 *
 * @throws BiotError INVALID_ARGUMENT naming what is wrong
 */
export async function readFolder(folder: string): Promise<LabelledFolder> {
  const windows = await readWindows(join(folder, WINDOWS));
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => file.endsWith('.csv'))
    .toSorted();
  if (files.length === 0) throw new BiotError('INVALID_ARGUMENT', `there is no CSV file in ${folder}`);
  const series: LabelledSeries[] = [];
  const notes = Object.keys(windows)
    .filter((name) => !files.some((file) => isOf(name, file)))
    .map((name) => `${WINDOWS} has windows of ${name}, which is not in the folder: left out`);
  for (const file of files) {
    const rows = await readRows(join(folder, file));
    const found = windowsOf(file, windows);
    series.push({ name: file, rows, windows: indicesOf(rows, found) });
    for (const [from] of found.filter((window) => indicesOf(rows, [window]).length === 0))
      notes.push(`${file} has no reading in the window at ${new Date(from).toISOString()}: left out`);
  }
  return { series, notes };
}

async function readWindows(path: string): Promise<Windows> {
  try {
    return windowsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', `${path} does not say from when to when something was wrong`, {
      cause,
    });
  }
}

function windowsOf(file: string, windows: Windows): Windows[string] {
  const [, found = []] = Object.entries(windows).find(([name]) => isOf(name, file)) ?? [];
  return found.toSorted(([one], [other]) => one - other);
}

function isOf(name: string, file: string): boolean {
  return name === file || basename(name) === basename(file);
}

async function readRows(path: string): Promise<Row[]> {
  const { bad } = await surveySeries(path);
  if (bad.count > 0) throw new BiotError('INVALID_ARGUMENT', `${path}\n${bad.describe()}`);
  const rows: Row[] = [];
  for await (const some of readSeries(path)) rows.push(...some);
  return rows;
}

/** Of each window that has a reading. */
export function indicesOf(
  rows: readonly Row[],
  windows: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  return windows.flatMap(([from, to]) => {
    const first = rows.findIndex(({ ts }) => ts >= from);
    const last = rows.findLastIndex(({ ts }) => ts <= to);
    return first < 0 || last < first ? [] : [[first, last] as const];
  });
}
