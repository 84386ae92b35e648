import { type Problem, quote } from './problems.ts';
import type { FileRows, Row } from './row.ts';

/** Characters of one registration: many times what one needs that has every label. */
const LONGEST_ENTRY = 32_768;

/**
 * The rows of a JSON list of registrations, each with its place in the list for a line. No entry is built before its
 * row is asked for: a list of millions would take a server's memory, and its time, before it could be refused.
 */
export function readJsonList(text: string): FileRows {
  const list = text.trim();
  if (!list.startsWith('[') || !list.endsWith(']')) {
    const message = 'expected a list of devices: [{"id": …, "tenant": …, "type": …, "publicKey": …}]';
    return { problems: [problem(1, message)], rows: [] };
  }
  const inside = list.slice(1, -1);
  return { problems: [], rows: inside.trim() === '' ? [] : rowsOf(inside) };
}

/** However the entries are told apart: when each is JSON, so is the list of them. */
function* rowsOf(list: string): Generator<Row> {
  for (let line = 1, start = 0; start <= list.length; line += 1) {
    const end = endOfEntry(list, start);
    if (end === undefined) {
      const message = `more than ${LONGEST_ENTRY} characters: nothing from here on is looked at`;
      yield { line, problems: [problem(line, message)] };
      return;
    }
    yield rowOf(list.slice(start, end), line);
    start = end + 1;
  }
}

/** A text, whose brackets and commas mean nothing, or a character that does. */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[[\]{},]/gs;
const DEPTHS: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };

/** @returns undefined for an entry that is too long */
function endOfEntry(list: string, start: number): number | undefined {
  const window = list.slice(start, start + LONGEST_ENTRY + 1);
  let depth = 0;
  for (const { 0: token, index } of window.matchAll(TOKENS)) {
    if (token === ',' && depth === 0) return start + index;
    depth += DEPTHS[token] ?? 0;
  }
  return window.length > LONGEST_ENTRY ? undefined : list.length;
}

function rowOf(entry: string, line: number): Row {
  try {
    const candidate: unknown = JSON.parse(entry);
    return { line, problems: [], candidate };
  } catch (error) {
    const message = `not JSON: ${quote(error instanceof Error ? error.message : '')}`;
    return { line, problems: [problem(line, message)] };
  }
}

function problem(line: number, message: string): Problem {
  return { line, column: null, code: 'INVALID_ARGUMENT', message };
}
