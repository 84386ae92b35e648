import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';

import { BadLines } from './bad-lines.ts';
import { parseInstant } from './instants.ts';

export interface Row {
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
  readonly value: number;
}

/** What a look at the whole file tells. */
export interface SeriesSummary {
  readonly rows: number;
  /** Of the latest row; -Infinity when there is none. */
  readonly latest: number;
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
  readonly bad: BadLines;
}

const HEADER = 'timestamp,value';
/** A longer line is none of ours; without a bound a file without line ends would fill the memory. */
const LONGEST_LINE = 1000;
const CHUNK_BYTES = 64 * 1024;
const LONGEST_QUOTE = 40;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a file of `timestamp,value` to its end, and finds everything that is wrong with it. */
export async function surveySeries(path: string): Promise<SeriesSummary> {
  const hash = createHash('sha256');
  const bad = new BadLines();
  let rows = 0;
  let latest = -Infinity;
  for await (const lines of readLines(path, hash)) {
    for (const { number, text } of lines) {
      const row = parseLine(number, text);
      if (typeof row === 'string') bad.add(number, row);
      else if (row !== undefined) {
        rows += 1;
        latest = Math.max(latest, row.ts);
      }
    }
  }
  return { rows, latest, hash: hash.digest('hex'), bad };
}

/** The rows of a file in which nothing was found to be wrong, as many at a time as a read brings. */
export async function* readSeries(path: string): AsyncGenerator<Row[]> {
  for await (const lines of readLines(path)) {
    const rows: Row[] = [];
    for (const { number, text } of lines) {
      const row = parseLine(number, text);
      if (typeof row === 'string')
        throw new Error(`${path} has changed while it was read: line ${number}: ${row}`);
      if (row !== undefined) rows.push(row);
    }
    yield rows;
  }
}

interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

async function* readLines(path: string, hash?: Hash): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  const take = (text: string): Line => ({ number: (number += 1), text });
  for await (const bytes of readChunks(path)) {
    hash?.update(bytes);
    const texts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = (texts.pop() ?? '').slice(0, LONGEST_LINE + 1);
    yield texts.map(take);
  }
  if (rest !== '' || number === 0) yield [take(rest + decoder.decode())];
}

/** Each chunk is good until the next one is asked for. */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** @returns the row; what is wrong; or undefined for the header and for blank lines. */
function parseLine(number: number, line: string): Row | string | undefined {
  if (line.length > LONGEST_LINE) return `longer than ${LONGEST_LINE} characters`;
  const fields = line.trim().split(',').map(unquote);
  if (number === 1) {
    const isHeader = fields.join().toLowerCase() === HEADER;
    return isHeader ? undefined : `the header is ${quote(line)}, not "${HEADER}"`;
  }
  return fields.join() === '' ? undefined : parseRow(fields);
}

function parseRow([instant = '', value = '', ...more]: readonly string[]): Row | string {
  if (value === '' || more.length > 0) return 'not two fields';
  const ts = parseInstant(instant);
  if (typeof ts === 'string') return ts;
  const measured = NUMBER.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(measured) ? { ts, value: measured } : `${quote(value)} is not a finite number`;
}

/** RFC 4180 quotes. None of our fields has a comma or a quote inside. */
function unquote(field: string): string {
  return /^"([^"]*)"$/.exec(field.trim())?.[1] ?? field.trim();
}

/** Text of a stranger's file, fit for a terminal. */
function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}
