import {
  ANSWERS,
  commandMayBecome,
  type CommandState,
  isFinal,
} from '../../chaincode/protocol/command/state.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CommandEvent } from '../../sql/writers/commands.ts';
import type { ChangedDelivery, CommandDelivery } from '../../sql/writers/deliveries.ts';
import { nextAttempt } from './next-attempt.ts';

/** Something that happened to a command on its way to a device. */
export interface Step {
  readonly command: string;
  readonly device: string;
  readonly to: CommandState;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Who says so: the device itself, or the service that acted by itself. */
  readonly actor: string;
  /** JSON text. */
  readonly result?: string | undefined;
  readonly message?: string | undefined;
}

/** A delivery after steps, with the rows of the timeline that they made. */
export interface Stepped {
  readonly delivery: CommandDelivery & Pick<ChangedDelivery, 'result' | 'message'>;
  readonly events: readonly CommandEvent[];
}

const REPORTED: readonly CommandState[] = ANSWERS;

/**
 * Takes a step. A device that answers has the order, even when nobody has said yet that it was sent: then it was.
 *
 * @returns undefined when the step was taken before: brokers and devices may say things twice
 * @throws BiotError COMMAND_UNKNOWN when the order was never sent; TRANSITION_ILLEGAL
 */
export function takeStep(before: Stepped, step: Step): Stepped | undefined {
  const { delivery } = before;
  if (delivery.state === step.to || isBehind(delivery, step)) return undefined;
  if (delivery.state === 'queued' && REPORTED.includes(step.to)) {
    if (delivery.attempts === 0) throw new BiotError('COMMAND_UNKNOWN', 'this command was not sent');
    return takeStep(move(before, { ...step, to: 'sent', result: undefined, message: undefined }), step);
  }
  if (!commandMayBecome(delivery.state, step.to))
    throw new BiotError('TRANSITION_ILLEGAL', `a command that is ${delivery.state} cannot be ${step.to}`);
  return move(before, step);
}

/** What a device said on its way to where it is now. */
function isBehind({ state, acknowledgedAt }: CommandDelivery, { to }: Step): boolean {
  if (to === 'sent') return acknowledgedAt !== null || isFinal(state);
  return acknowledgedAt !== null && (to === 'acknowledged' || (to === 'running' && isFinal(state)));
}

function move({ delivery, events }: Stepped, step: Step): Stepped {
  const { to, at, message, result } = step;
  const reported = REPORTED.includes(to);
  const acknowledgedAt = delivery.acknowledgedAt ?? (reported && hasIt(step) ? at : null);
  const moved = {
    ...delivery,
    state: to,
    sentAt: to === 'sent' ? at : delivery.sentAt,
    acknowledgedAt,
    finishedAt: isFinal(to) ? at : null,
    nextAt: to === 'sent' ? nextAttempt('unanswered', delivery.attempts, { now: at, random: 1 }) : null,
    deadline: deadlineOf({ ...delivery, acknowledgedAt }, step),
    result: result ?? delivery.result,
    message: message ?? delivery.message,
  };
  return { delivery: moved, events: [...events, eventOf(step)] };
}

/** The service says `failed` itself when a device has been silent for too long. */
function hasIt({ actor, device }: Step): boolean {
  return actor === device;
}

function deadlineOf({ deadline, acknowledgedAt, timeoutSeconds }: CommandDelivery, { to, at }: Step): number {
  if (isFinal(to)) return at;
  return acknowledgedAt === null ? deadline : acknowledgedAt + timeoutSeconds * 1000;
}

function eventOf({ command, device, to, at, actor, message }: Step): CommandEvent {
  return {
    command,
    device,
    state: to,
    at,
    actor,
    details: message === undefined ? null : { message },
  };
}
