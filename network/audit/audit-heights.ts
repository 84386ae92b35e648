import type { Channel } from '../home/organisations.ts';
import type { Case } from './case.ts';
import { readTip, type Tip } from './blocks.ts';
import type { Hearing } from './hearing.ts';
import { type HeightVerdict, judgeHeights } from './heights.ts';
import type { Finding } from './report.ts';
import { tipQuestion } from './topics.ts';

/** How far the peers are on one channel. */
export interface Heights {
  readonly channel: Channel;
  /** By peer; without those who did not say. */
  readonly tips: ReadonlyMap<string, Tip>;
  /** Peers that are behind: what they say about the channel's state cannot be held against them. */
  readonly lagging: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** Blocks do not come to all peers at the same instant: to be behind for less than this is nothing to speak of. */
const UNREMARKABLE_MS = 1_000;

/** Asks for heights until all peers are where the first of them was, or patience ends. */
export async function auditHeights(context: Case, channel: Channel): Promise<Heights> {
  const { scope, surroundings } = context;
  const first = await askTips(context.hearings, channel);
  const goal = Math.max(0, ...[...first.values()].map(({ height }) => height));
  const began = surroundings.clock();
  let last = first;
  let pause = SHORTEST_PAUSE_MS;
  while (isAnyBelow(goal, last) && surroundings.clock() - began < scope.patienceMs) {
    await surroundings.pause(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    last = await askTips(context.hearings, channel);
  }
  const waited = surroundings.clock() - began;
  return { channel, tips: last, ...judged(context.hearings, { channel, first, last, waited }) };
}

interface Observation {
  readonly channel: Channel;
  readonly first: ReadonlyMap<string, Tip>;
  readonly last: ReadonlyMap<string, Tip>;
  readonly waited: number;
}

function judged(
  hearings: readonly Hearing[],
  { channel, first, last, waited }: Observation,
): Pick<Heights, 'lagging' | 'findings'> {
  const standings = hearings.flatMap(({ name, peer }) => {
    const [before, after] = [first.get(name), last.get(name)];
    if (before === undefined || after === undefined) return [];
    return [{ peer: name, organisation: peer.organisation.name, first: before.height, last: after.height }];
  });
  const verdicts = judgeHeights(standings);
  const lagging = standings.filter((_, index) => verdicts[index]?.kind === 'lags').map(({ peer }) => peer);
  const findings = standings.flatMap(({ peer }, index): Finding[] => {
    const verdict = verdicts[index];
    if (verdict === undefined || verdict.kind === 'current') return [];
    if (verdict.kind === 'caught-up' && waited < UNREMARKABLE_MS) return [];
    return [{ ...worded(verdict, waited), peer, channel, subject: 'the height', differences: [] }];
  });
  return { lagging: new Set(lagging), findings };
}

function worded(
  verdict: Exclude<HeightVerdict, { kind: 'current' }>,
  waitedMs: number,
): Pick<Finding, 'kind' | 'what'> {
  const seconds = (waitedMs / 1000).toFixed(1);
  switch (verdict.kind) {
    case 'alone':
      return {
        kind: 'lies',
        what: `has ${blocks(verdict.ahead)} that no majority has, nor had ${seconds} s later`,
      };
    case 'lags':
      return {
        kind: 'lags',
        what: `is ${blocks(verdict.behind)} behind, and did not catch up in ${seconds} s`,
      };
    case 'caught-up':
      return {
        kind: 'caught-up',
        what: `was ${blocks(verdict.behind)} behind, and caught up within ${seconds} s`,
      };
  }
}

function blocks(count: number): string {
  return count === 1 ? '1 block' : `${count} blocks`;
}

function isAnyBelow(goal: number, tips: ReadonlyMap<string, Tip>): boolean {
  return [...tips.values()].some(({ height }) => height < goal);
}

async function askTips(hearings: readonly Hearing[], channel: Channel): Promise<Map<string, Tip>> {
  const answers = await Promise.all(
    hearings.map(async (hearing): Promise<[string, Tip][]> => {
      const heard = await hearing.ask('the height', tipQuestion(channel), readTip);
      return heard?.kind === 'answer' ? [[hearing.name, heard.value]] : [];
    }),
  );
  return new Map(answers.flat());
}
