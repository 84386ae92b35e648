import type { Case } from './case.ts';
import { auditHeights, type Heights } from './audit-heights.ts';
import { compareRounds, type Statement, type Verdict } from './comparison.ts';
import { findingsOf } from './findings.ts';
import type { Finding } from './report.ts';
import { askDevicePages, askRollouts, drawDevices, namedLogs } from './sample.ts';
import { askInRounds, type Outcome } from './rounds.ts';
import { checkpointTopic, deviceTopic, standingTopics } from './topics.ts';

/** Compares what the contracts say at each peer. */
export async function auditState(
  context: Case,
  heights: readonly Heights[],
): Promise<{ findings: Finding[]; asked: number }> {
  const standing = await askInRounds(context, standingTopics());
  const rollouts = await askRollouts(context);
  const pages = await askDevicePages(context);
  const named = await askInRounds(context, [
    ...drawDevices(context, pages).map(deviceTopic),
    ...namedLogs(standing).map(checkpointTopic),
  ]);
  const outcomes = [...standing, ...rollouts, ...pages, ...named];
  return { findings: await judged(context, heights, outcomes), asked: outcomes.length };
}

/**
 * A peer that is behind says what was true before, which is no lie. It may have fallen behind only while it was asked,
 * so before any peer is accused, heights are asked for again.
 */
async function judged(
  context: Case,
  before: readonly Heights[],
  outcomes: readonly Outcome[],
): Promise<Finding[]> {
  const first = outcomes.map((outcome) => verdictOn(outcome, before));
  if (first.every(({ kind }) => kind === 'agreed')) return [];
  const after = await Promise.all(before.map(({ channel }) => auditHeights(context, channel)));
  const late = after.flatMap(({ findings }) => findings).filter(({ kind }) => kind === 'lags');
  const known = before.flatMap(({ findings }) => findings);
  const news = late.filter(
    ({ peer, channel }) => !known.some((old) => old.peer === peer && old.channel === channel),
  );
  const accused = outcomes.flatMap((outcome) =>
    findingsOf(verdictOn(outcome, [...before, ...after]), {
      channel: outcome.topic.question.channel,
      subject: outcome.topic.subject,
    }),
  );
  return [...news, ...accused];
}

function verdictOn({ topic, rounds }: Outcome, heights: readonly Heights[]): Verdict {
  const isCurrent = ({ peer }: Statement): boolean =>
    !heights.some(({ channel, lagging }) => channel === topic.question.channel && lagging.has(peer));
  return compareRounds(rounds.map((statements) => statements.filter(isCurrent)));
}
