import { z } from 'zod';

import { ERROR_CODES } from '../../chaincode/protocol/errors.ts';

export const problemSchema = z
  .strictObject({
    line: z.int().min(1).meta({
      description: 'Where the row begins: line of a CSV file, or place in a JSON list, counted from 1',
    }),
    column: z.string().nullable().meta({ description: 'Name of the column; null when it is the whole row' }),
    code: z.enum(ERROR_CODES),
    message: z.string(),
  })
  .meta({ id: 'ImportProblem', description: 'Why a row of a file cannot be registered' });
export type Problem = z.infer<typeof problemSchema>;

/** First and last line, both inclusive. */
export type LineRange = [first: number, last: number];

/** Problems that are told with all they are; of the rest the lines are. */
const LISTED = 10_000;

/** Everything that is wrong with a file, in bounded memory: every bad row is named, and the first problems in full. */
export class Problems {
  readonly #listed: Problem[] = [];
  readonly #lines = new Set<number>();
  readonly #others = new Set<number>();

  add(...problems: readonly Problem[]): void {
    for (const problem of problems) {
      this.#lines.add(problem.line);
      if (this.#listed.length < LISTED) this.#listed.push(problem);
      else this.#others.add(problem.line);
    }
  }

  /** In the order of their lines. */
  get listed(): Problem[] {
    return [...this.#listed].sort((left, right) => left.line - right.line);
  }

  /** Rows that have any. */
  get rows(): number {
    return this.#lines.size;
  }

  /** Lines with problems that are not listed. */
  get others(): LineRange[] {
    return lineRanges(this.#others);
  }
}

/** Lines in any order, as ranges in ascending order. */
export function lineRanges(lines: Iterable<number>): LineRange[] {
  const ranges: LineRange[] = [];
  for (const line of [...new Set(lines)].sort((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges;
}

const LONGEST_QUOTE = 40;

/** Text of a stranger's file, fit for a terminal and a page: short, and without characters that show as something else. */
export function quote(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return JSON.stringify(short.toWellFormed()).replaceAll(/[[\p{C}\p{Z}]--[ ]]/gv, escaped);
}

function escaped(characters: string): string {
  return Array.from(characters, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).join(
    '',
  );
}
