import { indicesOf, type LabelledSeries } from './labelled-series.ts';
import { randomOf, type Random } from './random.ts';
import { type Recipe, RECIPES } from './recipes.ts';
import type { Row } from '../../replay/series.ts';

/** 2024-01-01T00:00:00Z, a Monday. */
const START = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;
/** Windows together are a tenth of a series, as in the Numenta Anomaly Benchmark. */
const WINDOWS_SHARE = 0.1;

/** @param seed others make other series of the same kinds */
export function madeSeries(seed: number): LabelledSeries[] {
  return RECIPES.map((recipe, number) => make(recipe, randomOf(seed * 1000 + number)));
}

function make(recipe: Recipe, random: Random): LabelledSeries {
  const { readings, minutes, at } = recipe;
  const begins = at.map((share) => Math.floor(share * readings));
  const memory = { level: 0 };
  const rows: Row[] = [];
  for (let index = 0; index < readings; index += 1) {
    const begun = begins.filter((begin) => begin <= index).at(-1);
    const since = begun === undefined ? -1 : index - begun;
    const moment = { index, minute: index * minutes, random, memory, since };
    const value = recipe.value(moment);
    if (recipe.missing?.(moment) === true) continue;
    rows.push({ ts: START + index * minutes * MINUTE, value });
  }
  const half = Math.floor((WINDOWS_SHARE * readings) / Math.max(begins.length, 1) / 2);
  const instant = (index: number): number => START + Math.min(index, readings - 1) * minutes * MINUTE;
  const windows = begins.map((begin) => [instant(begin - half), instant(begin + half)] as const);
  return { name: recipe.name, rows, windows: indicesOf(rows, windows) };
}
