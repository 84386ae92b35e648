/** What may become of a rollout, and of each device in it. */
import { z } from 'zod';

import type { RolloutTimeouts } from './rollout.ts';

export const ROLLOUT_STATES = [
  /** A second person has to approve it. */
  'pending approval',
  /** Its time has not come. */
  'scheduled',
  'running',
  'paused',
  /** Too many devices failed. Those that were not told keep what they have. */
  'stopped',
  'cancelled',
  /** Every device has come to an end. */
  'finished',
] as const;
export const rolloutStateSchema = z.enum(ROLLOUT_STATES).meta({ id: 'RolloutState' });
export type RolloutState = z.infer<typeof rolloutStateSchema>;

/** People move it on the ledger; that it begins, stops or finishes, the engine finds. */
const ROLLOUT_TRANSITIONS: Readonly<Record<RolloutState, readonly RolloutState[]>> = {
  'pending approval': ['scheduled', 'cancelled'],
  scheduled: ['running', 'paused', 'cancelled'],
  running: ['paused', 'stopped', 'cancelled', 'finished'],
  paused: ['scheduled', 'running', 'cancelled'],
  stopped: [],
  cancelled: [],
  finished: [],
};

export function rolloutMayBecome(from: RolloutState, to: RolloutState): boolean {
  return ROLLOUT_TRANSITIONS[from].includes(to);
}

export function isRolloutOver(state: RolloutState): boolean {
  return ROLLOUT_TRANSITIONS[state].length === 0;
}

export const UPDATE_STATES = [
  /** Nobody has told it yet: its phase has not begun, or it was not there. */
  'waiting',
  /** The broker has taken the notice for a device that it says is there. No more than that is known. */
  'notified',
  'downloading',
  'downloaded',
  /** It is the image that the vendor signed. */
  'verified',
  'installing',
  'succeeded',
  /** The device refused it or could not get it, or stayed in a state for too long. */
  'failed',
  /** The new image did not work: the device runs what it ran before. */
  'rolled back',
  /** The rollout ended before the device was told. */
  'cancelled',
] as const;
export const updateStateSchema = z.enum(UPDATE_STATES).meta({ id: 'UpdateState' });
/** How far a device has come with an update. */
export type UpdateState = z.infer<typeof updateStateSchema>;

const ENDS = ['succeeded', 'failed', 'rolled back'] as const satisfies readonly UpdateState[];

/**
 * Where each state may go. A report that is lost is made up for by the next one, so a device may skip states, but never go
 * back. Who was told is not cancelled any more: nobody could say whether it had begun.
 */
const UPDATE_TRANSITIONS: Readonly<Record<UpdateState, readonly UpdateState[]>> = {
  waiting: ['notified', 'failed', 'cancelled'],
  notified: ['downloading', 'downloaded', 'verified', 'installing', ...ENDS],
  downloading: ['downloaded', 'verified', 'installing', ...ENDS],
  downloaded: ['verified', 'installing', ...ENDS],
  verified: ['installing', ...ENDS],
  installing: ENDS,
  succeeded: [],
  failed: [],
  'rolled back': [],
  cancelled: [],
};

export function updateMayBecome(from: UpdateState, to: UpdateState): boolean {
  return UPDATE_TRANSITIONS[from].includes(to);
}

export function isUpdateOver(state: UpdateState): boolean {
  return UPDATE_TRANSITIONS[state].length === 0;
}

/** The states that a device itself reports. */
export const REPORTED_STATES = [
  'downloading',
  'downloaded',
  'verified',
  'installing',
  ...ENDS,
] as const satisfies readonly UpdateState[];

/** When a device that came into a state at this instant (ms) has been there for too long; null when it is over. */
export function updateDeadline(state: UpdateState, since: number, timeouts: RolloutTimeouts): number | null {
  const seconds = new Map(Object.entries(timeouts)).get(state);
  return seconds === undefined ? null : since + seconds * 1000;
}
