import { expect } from 'chai';

import type { ImportResult } from './import.ts';
import { describeResult } from './report.ts';

const RESULT: ImportResult = {
  outcome: 'complete',
  rows: 100,
  valid: 100,
  existing: 40,
  registered: 60,
  skipped: 0,
  activated: 0,
  problems: [],
  others: [],
  failure: null,
  seconds: { checking: 0.1, registering: 2 },
};
const problem = (line: number) =>
  ({ line, column: 'id', code: 'INVALID_ARGUMENT', message: 'device id is empty' }) as const;

describe('the report of an import', () => {
  it('counts', () => {
    expect(describeResult(RESULT)).to.equal(
      '100 rows: 100 are right, 40 of them registered already; 60 registered in 2.0 s (30 a second)',
    );
    expect(describeResult({ ...RESULT, activated: 100 })).to.match(/; 100 activated$/);
    expect(describeResult({ ...RESULT, outcome: 'dry run', registered: 0 })).to.match(
      /; 60 would be registered$/,
    );
    const dryRun = {
      ...RESULT,
      outcome: 'dry run',
      registered: 0,
      valid: 99,
      problems: [problem(7)],
    } as const;
    expect(describeResult(dryRun)).to.match(
      /\n100 rows: 99 are right, 40 of them registered already; nothing is registered until all are$/,
    );
    expect(describeResult({ ...RESULT, registered: 57, skipped: 3 })).to.include(
      '3 by somebody else meanwhile',
    );
  });

  it('names every bad row, the first with what is wrong', () => {
    const problems = Array.from({ length: 60 }, (_, index) => problem(index + 2));
    const text = describeResult({
      ...RESULT,
      outcome: 'refused',
      problems: [...problems, problem(70)],
      others: [[80, 81]],
    });
    expect(text).to.include('line 2, id: device id is empty (INVALID_ARGUMENT)\n');
    expect(text).to.include('and in lines 52–61, 70, 80–81 (--json says what)\n');
    expect(text).to.match(/nothing is registered: rows are bad$/);
    expect(describeResult({ ...RESULT, problems: [{ ...problem(7), column: null }] })).to.match(/^line 7: /);
  });

  it('says what is to be done', () => {
    expect(describeResult({ ...RESULT, outcome: 'interrupted' })).to.match(
      /the same command goes on from here$/,
    );
    const failure = { code: 'LEDGER_UNAVAILABLE', message: 'no peer' } as const;
    expect(describeResult({ ...RESULT, outcome: 'failed', failure })).to.include(
      '(LEDGER_UNAVAILABLE: no peer)',
    );
  });
});
