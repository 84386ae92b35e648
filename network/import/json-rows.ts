import { quote } from './problems.ts';
import type { FileRows } from './row.ts';

/** The rows of a JSON list of registrations, each with its place in the list for a line. */
export function readJsonList(text: string): FileRows {
  const list = parse(text);
  if (typeof list === 'string')
    return { problems: [{ line: 1, column: null, code: 'INVALID_ARGUMENT', message: list }], rows: [] };
  return {
    problems: [],
    rows: list.map((candidate, index) => ({ line: index + 1, problems: [], candidate })),
  };
}

/** @returns what is wrong, if anything is */
function parse(text: string): unknown[] | string {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return Array.isArray(value)
      ? value
      : 'expected a list of devices: [{"id": …, "tenant": …, "type": …, "publicKey": …}]';
  } catch (error) {
    return `not JSON: ${quote(error instanceof Error ? error.message : '')}`;
  }
}
