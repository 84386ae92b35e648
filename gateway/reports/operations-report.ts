import type { ReportPeriod, SummedDeed } from '../../sql/queries/report-sums.ts';
import type { ReportedEntries } from './report-entries-schema.ts';
import type { ComplianceReport } from './report-schema.ts';
import type { ReportStore } from './report-store.ts';

const ROLLOUT_ACTIONS = [
  ...['createRollout', 'approveRollout', 'pauseRollout', 'resumeRollout', 'cancelRollout'],
  // What a rollout does by itself.
  ...['beginRollout', 'openRolloutPhase', 'stopRollout', 'finishRollout', 'endUpdates'],
];
const TWIN_ACTIONS = ['putDesired', 'patchDesired'];

const MOST_ROLLOUTS = 50;
const MOST_CHANNELS = 100;
const MOST_PEOPLE = 100;

export interface OperationsParts {
  readonly sums: Pick<
    ReportStore,
    'deeds' | 'rolloutCounts' | 'rolloutDevices' | 'rollouts' | 'notifications'
  >;
  /** What the trail has of these actions in the period. */
  readonly entries: (actions: readonly string[]) => Promise<ReportedEntries>;
}

/** What was done to a fleet in a period. One question after the other. @throws BiotError DATABASE_UNAVAILABLE */
export async function operationsIn(
  { sums, entries }: OperationsParts,
  period: ReportPeriod,
): Promise<Pick<ComplianceReport, 'rollouts' | 'notifications' | 'twins'>> {
  const listed = await sums.rollouts(period, MOST_ROLLOUTS + 1);
  const channels = await sums.notifications(period, MOST_CHANNELS + 1);
  const by: SummedDeed[] = [];
  for (const action of TWIN_ACTIONS)
    by.push(...(await sums.deeds(period, { action, limit: MOST_PEOPLE + 1 })));
  by.sort((left, right) => right.done - left.done);
  return {
    rollouts: {
      ...(await sums.rolloutCounts(period)),
      devices: await sums.rolloutDevices(period),
      listed: listed.slice(0, MOST_ROLLOUTS),
      listedCut: listed.length > MOST_ROLLOUTS,
      entries: await entries(ROLLOUT_ACTIONS),
    },
    notifications: { channels: channels.slice(0, MOST_CHANNELS), cut: channels.length > MOST_CHANNELS },
    twins: {
      by: by.slice(0, MOST_PEOPLE),
      byCut: by.length > MOST_PEOPLE,
      entries: await entries(TWIN_ACTIONS),
    },
  };
}
