import { lineRanges, type LineRange, type Problem } from '../../network/import/problems.ts';
import type { ImportResult } from './import.ts';

/** Problems that are told with all they are; of the rest the lines are. */
const TOLD = 50;

/** What an import came to, for people. */
export function describeResult(result: ImportResult): string {
  return [...describeProblems(result), summary(result), ...whatNow(result)].join('\n');
}

function describeProblems({ problems, others }: ImportResult): string[] {
  const told = problems.slice(0, TOLD).map(describeProblem);
  const rest = lineRanges(problems.slice(TOLD).map(({ line }) => line));
  const untold = [...rest, ...others].map(describeRange);
  return untold.length === 0 ? told : [...told, `and in lines ${untold.join(', ')} (--json says what)`];
}

function describeProblem({ line, column, code, message }: Problem): string {
  return `line ${line}${column === null ? '' : `, ${column}`}: ${message} (${code})`;
}

function describeRange([first, last]: LineRange): string {
  return first === last ? String(first) : `${first}–${last}`;
}

function summary(result: ImportResult): string {
  const { outcome, rows, valid, existing, registered, skipped, activated, seconds, problems } = result;
  const looked = `${rows} rows: ${valid} are right, ${existing} of them registered already`;
  if (outcome === 'dry run')
    return `${looked}; ${problems.length > 0 ? 'nothing is registered until all are' : `${valid - existing} would be registered`}`;
  const others = skipped > 0 ? `, ${skipped} by somebody else meanwhile` : '';
  const rate = seconds.registering > 0 ? ` (${Math.round(registered / seconds.registering)} a second)` : '';
  const active = activated > 0 ? `; ${activated} activated` : '';
  return `${looked}; ${registered} registered in ${seconds.registering.toFixed(1)} s${rate}${others}${active}`;
}

function whatNow({ outcome, problems, failure }: ImportResult): string[] {
  const why = failure === null ? '' : ` (${failure.code}: ${failure.message})`;
  switch (outcome) {
    case 'dry run':
      return [];
    case 'refused':
      return [`nothing is registered: ${problems.length === 1 ? 'a row is' : 'rows are'} bad`];
    case 'complete':
      return problems.length === 0 ? [] : ['the bad rows are not registered, all others are'];
    case 'interrupted':
      return ['interrupted: the same command goes on from here'];
    case 'failed':
      return [`it does not get on${why}: the same command goes on from here`];
  }
}
