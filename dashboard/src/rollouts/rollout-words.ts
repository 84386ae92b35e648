/** How far rollouts and their devices are, as people are told. */
import { UPDATE_STATES } from '../../../chaincode/protocol/firmware/rollout-state.ts';
import type { Action, Member, RolloutState, RolloutView, UpdateState } from '../api/types.ts';
import type { PillLook } from '../components/pill-look.ts';

export const ROLLOUT_LOOKS: Readonly<Record<RolloutState, PillLook>> = {
  'pending approval': { tone: 'waits', dot: 'ring', hint: 'A second person has to approve it' },
  scheduled: { tone: 'goes', dot: 'ring', hint: 'Its time has not come' },
  running: { tone: 'goes', dot: 'full', hint: 'Devices are told, phase by phase' },
  paused: { tone: 'waits', dot: 'pause', hint: 'No further device is told until it is resumed' },
  stopped: { tone: 'lost', dot: 'diamond', hint: 'Too many devices failed' },
  cancelled: { tone: 'over', dot: 'stroke', hint: 'Ended by somebody' },
  finished: { tone: 'done', dot: 'full', hint: 'Every device has come to an end' },
};

/** In the order in which a device goes through them. */
export const UPDATE_LOOKS: Readonly<Record<UpdateState, PillLook & { readonly colour: string }>> = {
  waiting: { tone: 'over', dot: 'ring', hint: 'Not told yet', colour: 'bg-line-strong' },
  notified: { tone: 'goes', dot: 'pause', hint: 'Told; no more is known', colour: 'bg-accent/30' },
  downloading: { tone: 'goes', dot: 'half', hint: 'It fetches the image', colour: 'bg-accent/40' },
  downloaded: { tone: 'goes', dot: 'half', hint: 'It has the image', colour: 'bg-accent/50' },
  verified: { tone: 'goes', dot: 'half', hint: 'It is what the vendor signed', colour: 'bg-accent/60' },
  installing: { tone: 'goes', dot: 'full', hint: 'It starts the new image', colour: 'bg-accent/75' },
  succeeded: { tone: 'done', dot: 'full', hint: 'It runs the new version', colour: 'bg-accent' },
  failed: {
    tone: 'lost',
    dot: 'diamond',
    hint: 'It could not, would not, or took too long',
    colour: 'bg-danger',
  },
  'rolled back': { tone: 'lost', dot: 'stroke', hint: 'It runs what it ran before', colour: 'bg-warn' },
  cancelled: { tone: 'over', dot: 'stroke', hint: 'It ended before the device was told', colour: 'bg-line' },
};

export interface UpdateCount {
  readonly state: UpdateState;
  readonly count: number;
}

/** Those that some device is in. */
export function updateCounts(counts: Readonly<Record<string, number>>): UpdateCount[] {
  return UPDATE_STATES.flatMap((state) => {
    const count = counts[state] ?? 0;
    return count === 0 ? [] : [{ state, count }];
  });
}

export type RolloutVerb = 'approve' | 'pause' | 'resume' | 'cancel';

const STEPS: Readonly<Record<RolloutVerb, { from: readonly RolloutState[]; needs: Action }>> = {
  approve: { from: ['pending approval'], needs: 'rollout:approve' },
  pause: { from: ['scheduled', 'running'], needs: 'rollout:control' },
  resume: { from: ['paused'], needs: 'rollout:control' },
  cancel: { from: ['pending approval', 'scheduled', 'running', 'paused'], needs: 'rollout:control' },
};
const VERBS: readonly RolloutVerb[] = ['approve', 'pause', 'resume', 'cancel'];

/** What the member may do with a rollout now: allowed, and possible. */
export function rolloutVerbs(
  { state, org, created }: Pick<RolloutView, 'state' | 'org' | 'created'>,
  member: Pick<Member, 'name' | 'org'> | undefined,
  may: (action: Action) => boolean,
): RolloutVerb[] {
  if (member?.org !== org) return [];
  return VERBS.filter(
    (verb) =>
      STEPS[verb].from.includes(state) &&
      may(STEPS[verb].needs) &&
      (verb !== 'approve' || member.name !== created.name),
  );
}
