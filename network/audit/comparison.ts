import { type Difference, differences, type Facts, fingerprint } from './facts.ts';

/** What one peer said to a question. */
export interface Statement {
  readonly peer: string;
  readonly organisation: string;
  readonly facts: Facts;
}

/**
 * What comes of comparing the peers' answers to one question:
 * - `agreed`: all say the same, or only one organisation has answered;
 * - `outvoted`: more than half of the organisations say the same, and these peers say otherwise;
 * - `split`: they differ, and no majority says who is right;
 * - `unsettled`: they differed each time, but not always the same ones, or without a majority and never the same way: the
 *   answer changes faster than it can be asked.
 */
export type Verdict =
  | { readonly kind: 'agreed' | 'unsettled' }
  | { readonly kind: 'outvoted'; readonly peers: readonly Deviation[] }
  | { readonly kind: 'split'; readonly peers: readonly Deviation[] };

export interface Deviation {
  readonly peer: string;
  readonly differences: readonly Difference[];
}

/** Compares answers to a question that has one right answer for ever, such as a block. */
export function compare(statements: readonly Statement[]): Verdict {
  const camps = Map.groupBy(statements, ({ facts }) => fingerprint(facts));
  if (camps.size <= 1) return { kind: 'agreed' };
  const organisations = countOrganisations(statements);
  const majority = [...camps.values()].find((camp) => countOrganisations(camp) > organisations / 2);
  if (majority === undefined) {
    return {
      kind: 'split',
      peers: statements.map((statement) => deviation(statement, otherThan(statement, statements))),
    };
  }
  const truth = majority[0]?.facts ?? {};
  const outvoted = statements.filter((statement) => !majority.includes(statement));
  return { kind: 'outvoted', peers: outvoted.map((statement) => deviation(statement, truth)) };
}

/**
 * Compares answers about a state that changes while peers are asked, from several rounds of asking. Honest peers agree
 * as soon as a round falls between two changes; one that lies differs in each.
 */
export function compareRounds(rounds: readonly (readonly Statement[])[]): Verdict {
  const verdicts = rounds.map(compare);
  if (verdicts.length === 0 || verdicts.some(({ kind }) => kind === 'agreed')) return { kind: 'agreed' };
  const decided = verdicts.filter((verdict) => verdict.kind === 'outvoted');
  const last = decided.at(-1);
  if (last === undefined)
    return isSteady(rounds) ? (verdicts.at(-1) ?? { kind: 'agreed' }) : { kind: 'unsettled' };
  const always = last.peers.filter(({ peer }) =>
    decided.every(({ peers }) => peers.some((deviating) => deviating.peer === peer)),
  );
  return always.length === 0 ? { kind: 'unsettled' } : { kind: 'outvoted', peers: always };
}

/** Whether each peer stood by what it said. Where one did not, they may have been asked before and after a change. */
function isSteady(rounds: readonly (readonly Statement[])[]): boolean {
  const words = Map.groupBy(rounds.flat(), ({ peer }) => peer);
  return [...words.values()].every(
    (statements) => new Set(statements.map(({ facts }) => fingerprint(facts))).size === 1,
  );
}

function deviation({ peer, facts }: Statement, others: Facts): Deviation {
  return { peer, differences: differences(facts, others) };
}

function otherThan({ facts }: Statement, statements: readonly Statement[]): Facts {
  return statements.find((other) => fingerprint(other.facts) !== fingerprint(facts))?.facts ?? facts;
}

function countOrganisations(statements: readonly Statement[]): number {
  return new Set(statements.map(({ organisation }) => organisation)).size;
}
