import type { ComplianceReport, ReportedLog } from '../api/types.ts';
import { formatCount } from '../format/number.ts';
import { formatInstant } from '../time/format-time.ts';

type Changes = Pick<ComplianceReport['ledger'], 'lookedFor' | 'lookedForCut' | 'untoldTotal'> & {
  readonly untold: readonly unknown[];
};

/** What was looked at, where nothing is wrong with it. */
export function comparedWords(logs: readonly Pick<ReportedLog, 'batches' | 'compared'>[]): string {
  const batches = logs.reduce((sum, log) => sum + log.batches, 0);
  const compared = logs.reduce((sum, log) => sum + log.compared, 0);
  const rest = batches > compared ? ` Not on the ledger yet: ${formatCount(batches - compared)}.` : '';
  return (
    `Batches of the period: ${formatCount(batches)}, none is missing. ` +
    `Headers compared with the ledger’s: ${formatCount(compared)}, none differs.${rest}`
  );
}

/** What of the changes is not looked at, or not listed. */
export function untoldNote({ lookedFor, lookedForCut, untold, untoldTotal }: Changes): string {
  const notes = [
    lookedForCut
      ? `Only the newest ${formatCount(lookedFor)} transactions were looked for in the trail.`
      : '',
    untoldTotal > untold.length ? `There are ${formatCount(untoldTotal)}; the newest are listed.` : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

type Rollouts = Omit<ComplianceReport['rollouts'], 'devices' | 'listed' | 'entries'>;

/** How many there were, and whether all of them are listed. */
export function rolloutsHint(rollouts: Rollouts): string {
  const { created, started, finished, stopped, cancelled, listedCut } = rollouts;
  const counts = [`${formatCount(created)} created`, `${formatCount(started)} started`];
  const ends = [`${formatCount(finished)} finished`, `${formatCount(stopped)} stopped by themselves`];
  const cut = listedCut ? ' There are more; the newest are listed.' : '';
  return `${[...counts, ...ends].join(', ')}, ${formatCount(cancelled)} cancelled.${cut}`;
}

export type ReportedRollout = ComplianceReport['rollouts']['listed'][number];
type Fate = Pick<ReportedRollout, 'state' | 'finishedAt' | 'changedBy' | 'reason'>;
type Outcomes = Pick<ReportedRollout, 'succeeded' | 'failed' | 'rolledBack' | 'untold'>;

/** Its state, since when it is over, who changed it last, and why. */
export function fateOf({ state, finishedAt, changedBy, reason }: Fate): string {
  const when = finishedAt === null ? '' : ` ${formatInstant(finishedAt)}`;
  const who = changedBy === null ? '' : `, last changed by ${changedBy}`;
  return `${state}${when}${who}${reason === null ? '' : `: ${reason}`}`;
}

/** What became of its devices, without what became of none. */
export function outcomesOf({ succeeded, failed, rolledBack, untold }: Outcomes): string {
  const numbers = { succeeded, failed, 'rolled back': rolledBack, 'not told': untold };
  const some = Object.entries(numbers).filter(([, number]) => number > 0);
  return some.map(([name, number]) => `${formatCount(number)} ${name}`).join(', ');
}

export function nothingUntold({ lookedForCut }: Pick<Changes, 'lookedForCut'>): string {
  return `The trail names every transaction${lookedForCut ? ' that was looked for' : ''}.`;
}
