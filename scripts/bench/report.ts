import { table as columns } from '../cli/table.ts';
import type { Figure, Part, Report } from './bench.ts';
import { describeMachine, type Machine } from './machine.ts';

const SMALL = 100;

export interface Heading {
  readonly name: string;
  readonly summary: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
}

/** The report for people: a table, and what has to be known to read it. */
export function table(
  { name, summary, settings, machine }: Heading,
  { parts = [], figures, notes }: Report,
): string {
  const used = Object.entries(settings).map(([option, value]) => `${option} ${String(value)}`);
  const rows = figures.map((figure) => [figure.name, format(figure.value), figure.meaning] as const);
  const widest = (column: 0 | 1): number => Math.max(0, ...rows.map((row) => row[column].length));
  const [names, values] = [widest(0), widest(1)];
  const lines = rows.map(
    ([figure, value, meaning]) => `  ${figure.padEnd(names)}  ${value.padStart(values)}  ${meaning}`,
  );
  return [
    '',
    `${name}: ${summary}`,
    used.join(', '),
    describeMachine(machine),
    '',
    ...partLines(parts),
    ...lines,
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

/** The report for programs: the figures by their names. */
export function jsonObject(
  { name, settings, machine }: Heading,
  { parts, figures, notes, sound }: Report,
): Readonly<Record<string, unknown>> {
  const byName = figures.map((figure: Figure) => [figure.name, rounded(figure.value)] as const);
  return {
    bench: name,
    ok: sound,
    ...Object.fromEntries(byName),
    ...(parts && { parts }),
    settings,
    machine,
    notes,
  };
}

function partLines(parts: readonly Part[]): string[] {
  const [first] = parts;
  if (first === undefined) return [];
  const cells = parts.map((part) => Object.values(part).map((value) => String(value ?? '-')));
  return [columns([Object.keys(first), ...cells]), ''];
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function format(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= SMALL ? 0 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
