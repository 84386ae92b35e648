/** What may become of a command for a device. */
import { z } from 'zod';

export const COMMAND_STATES = [
  /** A second person has to approve it. */
  'pending approval',
  /** Waits until it can be handed to the broker for its device. */
  'queued',
  /** The broker has taken it for a device that it says is there. No more than that is known. */
  'sent',
  /** The device has it. */
  'acknowledged',
  'running',
  'succeeded',
  /** The device could not do it, or gave no result in time. */
  'failed',
  /** By the second person, or by the device. */
  'rejected',
  /** Its lifetime was over before the device acknowledged it. */
  'expired',
  'cancelled',
] as const;
export const commandStateSchema = z.enum(COMMAND_STATES).meta({ id: 'CommandState' });
export type CommandState = z.infer<typeof commandStateSchema>;

/**
 * Where each state may go. What a device answers it may answer at once: a quick one need not say that it is running.
 * A command is not cancelled any more once its device has it: nobody could say whether it was done.
 */
export const COMMAND_TRANSITIONS: Readonly<Record<CommandState, readonly CommandState[]>> = {
  'pending approval': ['queued', 'rejected', 'expired', 'cancelled'],
  queued: ['sent', 'expired', 'cancelled'],
  sent: ['acknowledged', 'running', 'succeeded', 'failed', 'rejected', 'expired', 'cancelled'],
  acknowledged: ['running', 'succeeded', 'failed', 'rejected'],
  running: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  rejected: [],
  expired: [],
  cancelled: [],
};

export function commandMayBecome(from: CommandState, to: CommandState): boolean {
  return COMMAND_TRANSITIONS[from].includes(to);
}

/** Nothing comes after it. */
export function isFinal(state: CommandState): boolean {
  return COMMAND_TRANSITIONS[state].length === 0;
}

/** The states that a device itself reports. */
export const ANSWERS = [
  'acknowledged',
  'running',
  'succeeded',
  'failed',
  'rejected',
] as const satisfies readonly CommandState[];
