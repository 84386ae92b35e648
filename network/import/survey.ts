import { isUtf8 } from 'node:buffer';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { readCsv } from './csv-rows.ts';
import { readJsonList } from './json-rows.ts';
import { type Problem, Problems } from './problems.ts';
import { checkRow, type Entry, type FileRows, type Row } from './row.ts';

export const IMPORT_FORMATS = ['csv', 'json'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** More rows are several files: a file is held in memory while it is looked at. */
export const MAX_ROWS = 100_000;
/** Bytes of a file: MAX_ROWS with every label that a device can have do not fit, but no fleet is like that. */
export const MAX_BYTES = 64 * 1024 * 1024;

interface TypeInLine {
  readonly line: number;
  readonly type: string;
}

/** What a look at a whole file tells. */
export interface Survey {
  /** What the file calls a field of a registration. */
  readonly nameOf: (field: string) => string;
  readonly rows: number;
  /** The rows that can be registered, in their order. */
  readonly entries: Entry[];
  /** The types of rows that cannot: they may be wrong as well. */
  readonly otherTypes: readonly TypeInLine[];
  readonly problems: Problems;
}

/** Milliseconds between two pauses: how long a row takes is up to whoever made the file. */
const AT_ONCE = 10;

/** @returns what lets a server that looks at a large file do something else, when it is time */
export function pauses(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < AT_ONCE) return;
    await new Promise(setImmediate);
    since = performance.now();
  };
}

/**
 * Reads a file to its end, and finds everything that is wrong with it.
 *
 * @throws BiotError INVALID_ARGUMENT when it has more than MAX_ROWS rows
 */
export async function surveyFile(bytes: Uint8Array, format: ImportFormat): Promise<Survey> {
  const file = readFile(bytes, format);
  const entries: Entry[] = [];
  const otherTypes: TypeInLine[] = [];
  const problems = new Problems();
  problems.add(...file.problems);
  const nameOf = format === 'csv' ? columnOf : fieldOf;
  const ids = new Firsts('id', 'INVALID_ARGUMENT');
  const keys = new Firsts(nameOf('publicKey'), 'KEY_TAKEN');
  const pause = pauses();
  let rows = 0;
  for (const row of file.rows) {
    await pause();
    if (row === undefined) continue;
    rows += 1;
    if (rows > MAX_ROWS)
      throw new BiotError('INVALID_ARGUMENT', `more than ${MAX_ROWS} rows: make several files of it`);
    const { id, keyFingerprint, type, entry, problems: found } = checkRow(row, nameOf);
    const repeated = [...ids.problems(id, row.line), ...keys.problems(keyFingerprint, row.line)];
    problems.add(...found, ...repeated);
    if (entry !== undefined && repeated.length === 0) entries.push(entry);
    else if (type !== undefined) otherTypes.push({ line: row.line, type });
  }
  return { rows, nameOf, entries, otherTypes, problems };
}

/** Where each value of a column stands first. */
class Firsts {
  readonly #lines = new Map<string, number>();
  readonly #column: string;
  readonly #code: ErrorCode;

  constructor(column: string, code: ErrorCode) {
    this.#column = column;
    this.#code = code;
  }

  problems(value: string | undefined, line: number): Problem[] {
    if (value === undefined) return [];
    const before = this.#lines.get(value);
    if (before === undefined) this.#lines.set(value, line);
    if (before === undefined) return [];
    const message = `this ${this.#column} is in line ${before} already`;
    return [{ line, column: this.#column, code: this.#code, message }];
  }
}

function fieldOf(field: string): string {
  return field;
}

/** What a CSV file calls a field of a registration. */
function columnOf(field: string): string {
  return field === 'publicKey' ? 'public_key' : field;
}

function readFile(bytes: Uint8Array, format: ImportFormat): FileRows {
  if (!isUtf8(bytes)) return { problems: [], rows: brokenLines(bytes) };
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return format === 'csv' ? readCsv(text) : readJsonList(text);
}

const LINE_FEED = 0x0a;

function* brokenLines(bytes: Uint8Array): Generator<Row | undefined> {
  for (let line = 1, start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    yield isUtf8(bytes.subarray(start, end)) ? undefined : { line, problems: [notUtf8(line)] };
    start = end + 1;
  }
}

function notUtf8(line: number): Problem {
  return { line, column: null, code: 'INVALID_ARGUMENT', message: 'not UTF-8' };
}
