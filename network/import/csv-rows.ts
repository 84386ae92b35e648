import { type CsvRecord, csvRecords } from './csv.ts';
import { type Problem, quote } from './problems.ts';
import type { FileRows, Row } from './row.ts';

const REQUIRED = ['id', 'tenant', 'type', 'public_key'] as const;
const COLUMNS: readonly string[] = [...REQUIRED, 'groups', 'tags'];

/** The rows of a CSV file whose first line names the columns, in any order. */
export function readCsv(text: string): FileRows {
  const records = csvRecords(text);
  const first = firstOf(records);
  const names = first.cells.map((name) => name.trim().toLowerCase());
  const problems = headerProblems(first, names);
  return problems.length > 0 ? { problems, rows: [] } : { problems, rows: rowsOf(records, names) };
}

/** Empty lines above the header. */
const MOST_EMPTY = 100;

function firstOf(records: Iterator<CsvRecord | undefined, undefined>): CsvRecord {
  for (let empty = 0; empty <= MOST_EMPTY; empty += 1) {
    const { value } = records.next();
    if (value !== undefined) return value;
  }
  return { line: 1, cells: [] };
}

function* rowsOf(
  records: Iterable<CsvRecord | undefined>,
  names: readonly string[],
): Generator<Row | undefined> {
  for (const record of records) yield record && rowOf(record, names);
}

function headerProblems({ line, cells, fault }: CsvRecord, names: readonly string[]): Problem[] {
  const problem = (column: string | null, message: string): Problem => ({
    line,
    column,
    code: 'INVALID_ARGUMENT',
    message,
  });
  if (fault !== undefined) return [problem(null, fault)];
  if (cells.length === 1 && names.some((name) => name.includes(';')))
    return [problem(null, 'the columns are separated by semicolons: save the file with commas')];
  const missing = REQUIRED.filter((name) => !names.includes(name)).map((name) =>
    problem(name, 'the column is missing'),
  );
  const unknown = names.flatMap((name, index) => {
    if (!COLUMNS.includes(name))
      return [problem(quote(cells[index] ?? ''), `unknown column; known are ${COLUMNS.join(', ')}`)];
    return names.indexOf(name) < index ? [problem(name, 'the column is there twice')] : [];
  });
  return [...missing, ...unknown];
}

function rowOf({ line, cells, fault }: CsvRecord, names: readonly string[]): Row {
  const problem = (column: string | null, message: string): Problem => ({
    line,
    column,
    code: 'INVALID_ARGUMENT',
    message,
  });
  if (fault !== undefined) return { line, problems: [problem(null, fault)] };
  if (cells.length !== names.length)
    return { line, problems: [problem(null, `${cells.length} cells, where the header has ${names.length}`)] };
  const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
  const tags = parseTags(cell('tags'));
  return {
    line,
    problems: typeof tags === 'string' ? [problem('tags', tags)] : [],
    candidate: {
      id: cell('id'),
      tenant: cell('tenant'),
      type: cell('type'),
      publicKey: cell('public_key'),
      groups: split(cell('groups')),
      tags: typeof tags === 'string' ? {} : tags,
    },
  };
}

function split(list: string): string[] {
  return list === '' ? [] : list.split(';');
}

/** @returns what is wrong, if anything is */
function parseTags(list: string): Record<string, string> | string {
  const tags = new Map<string, string>();
  for (const tag of split(list)) {
    const equals = tag.indexOf('=');
    if (equals < 0) return `${quote(tag)} has no "=": tags are written as name=value;name=value`;
    const name = tag.slice(0, equals);
    if (tags.has(name)) return `the tag ${quote(name)} is there twice`;
    tags.set(name, tag.slice(equals + 1));
  }
  return Object.fromEntries(tags);
}
