import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  isUpdateOver,
  UPDATE_STATES,
  updateDeadline,
  updateMayBecome,
  type UpdateState,
} from '../../chaincode/protocol/firmware/rollout-state.ts';
import type { Update } from '../../sql/writers/updates.ts';
import { nextAttempt } from '../commands/next-attempt.ts';

/** Something that happened to a device in a rollout. */
export interface UpdateStep {
  readonly rollout: string;
  readonly device: string;
  readonly to: UpdateState;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly message?: string | undefined;
}

/**
 * Takes a step. A device that reports was told, even when nobody has said yet that the broker took the notice.
 *
 * @returns undefined when it is behind that already: brokers and devices may say things twice
 * @throws BiotError NOT_FOUND when the device was never told; TRANSITION_ILLEGAL
 */
export function takeUpdateStep(update: Update, step: UpdateStep): Update | undefined {
  const { state, attempts } = update;
  if (state === step.to || isBehind(state, step.to)) return undefined;
  if (state === 'waiting' && step.to !== 'notified') {
    if (attempts === 0) throw new BiotError('NOT_FOUND', 'the device was not told of this rollout');
    if (step.to !== 'failed')
      return takeUpdateStep(move(update, { ...step, to: 'notified', message: undefined }), step);
  }
  if (!updateMayBecome(state, step.to))
    throw new BiotError('TRANSITION_ILLEGAL', `an update that is ${state} cannot be ${step.to}`);
  return move(update, step);
}

/** What was so on its way to where it is now. */
function isBehind(state: UpdateState, to: UpdateState): boolean {
  if (isUpdateOver(to)) return false;
  return isUpdateOver(state) || UPDATE_STATES.indexOf(to) < UPDATE_STATES.indexOf(state);
}

function move(update: Update, { to, at, message }: UpdateStep): Update {
  const told = to === 'notified';
  return {
    ...update,
    state: to,
    since: at,
    nextAt: told ? nextAttempt('unanswered', update.attempts, { now: at, random: 1 }) : null,
    notifiedAt: told ? at : update.notifiedAt,
    finishedAt: isUpdateOver(to) ? at : null,
    deadline: updateDeadline(to, at, update.timeouts),
    message: message ?? null,
  };
}

/** A device that is to be told at this instant, whether or not it was before: from the first time on its time runs. */
export function attempted(update: Update, now: number, random: number): Update {
  const attempts = update.attempts + 1;
  const why = update.state === 'waiting' ? 'absent' : 'unanswered';
  return {
    ...update,
    attempts,
    nextAt: nextAttempt(why, attempts, { now, random }),
    deadline: update.deadline ?? updateDeadline(update.state, now, update.timeouts),
  };
}

/** How it ends when its time is over. */
export function endOf({ rollout, device, state, timeouts }: Update, at: number): UpdateStep {
  const seconds = (updateDeadline(state, 0, timeouts) ?? 0) / 1000;
  const message =
    state === 'waiting' ? `was not there within ${seconds} s` : `was ${state} for longer than ${seconds} s`;
  return { rollout, device, to: 'failed', at, message };
}
