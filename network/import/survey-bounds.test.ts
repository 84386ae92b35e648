import { expect } from 'chai';

import { readJsonList } from './json-rows.ts';
import { type ImportFormat, MAX_ROWS, surveyFile } from './survey.ts';

const HEADER = 'id,tenant,type,public_key';
/** As much as the gateway takes. */
const SIZE = 31_000_000;

/** `line column message` of the first problem, or how the look ended. */
async function firstProblem(text: string, format: ImportFormat): Promise<string> {
  try {
    const { problems } = await surveyFile(Buffer.from(text), format);
    const [first] = problems.listed;
    return first === undefined ? 'none' : `${first.line} ${first.column ?? '-'} ${first.message}`;
  } catch (error) {
    return error instanceof Error ? error.message : 'thrown';
  }
}

/** The longest time, in milliseconds, that nothing else had its turn while the work went on. */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const turn = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  await new Promise(setImmediate);
  isOver = true;
  return longest;
}

describe('a look at a file that is made to take long', () => {
  const files: Record<string, [text: () => string, format: ImportFormat, problem: RegExp]> = {
    'a list of zeros': [() => `[${'0,'.repeat(SIZE / 2)}0]`, 'json', /^more than 100000 rows/],
    'one long list in a list': [() => `[[${'0,'.repeat(SIZE / 2)}0]]`, 'json', /^1 - more than 32768/],
    'one long text in a list': [() => `["${'\\"'.repeat(SIZE / 2)}"]`, 'json', /^1 - more than 32768/],
    'labels, throughout': [
      () => `[${`{"groups":[${'0,'.repeat(16_000)}0]},`.repeat(100)}0]`,
      'json',
      /^1 id /,
    ],
    'a header of commas': [() => HEADER + ','.repeat(SIZE), 'csv', /^1 - more than 64 cells$/],
    'a row of commas': [() => `${HEADER}\n${','.repeat(SIZE)}`, 'csv', /^2 - more than 64 cells$/],
    'empty lines, and no header': [() => '\n'.repeat(SIZE), 'csv', /^1 id the column is missing$/],
    'empty lines': [() => `${HEADER}\n${'\n'.repeat(SIZE / 10)}a`, 'csv', /^3100002 - 1 cells/],
  };
  for (const [what, [text, format, problem]] of Object.entries(files)) {
    it(`lets others have their turn: ${what}`, async () => {
      const file = text();
      let found = '';
      const hold = await longestHold(async () => {
        found = await firstProblem(file, format);
      });
      expect(found).to.match(problem);
      expect(hold).to.be.below(1_500);
    }).timeout(60_000);
  }

  it('lets others have their turn: lines that are not UTF-8', async () => {
    const bytes = Buffer.alloc(SIZE, '\u0080\n', 'latin1');
    const hold = await longestHold(() => surveyFile(bytes, 'csv').catch(() => undefined));
    expect(hold).to.be.below(1_500);
  }).timeout(60_000);

  it('tells the entries of a list apart, those that are not JSON among them', () => {
    const read = [...readJsonList('[{"a": [1, {"b": "],[\\"}"}]}, 2, {3}, [,] ,]').rows];
    expect(read.map((row) => row?.candidate)).to.deep.equal([
      { a: [1, { b: '],["}' }] },
      2,
      undefined,
      undefined,
      undefined,
    ]);
    expect(read.map((row) => row?.problems.length)).to.deep.equal([0, 0, 1, 1, 1]);
  });

  for (const format of ['csv', 'json'] as const) {
    it(`refuses more rows than it can hold, as ${format}`, async () => {
      const text =
        format === 'csv' ? `${HEADER}\n${'a\n'.repeat(MAX_ROWS + 1)}` : `[${'0,'.repeat(MAX_ROWS)}0]`;
      const error = await surveyFile(Buffer.from(text), format).catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'INVALID_ARGUMENT' });
    }).timeout(20_000);
  }
});
