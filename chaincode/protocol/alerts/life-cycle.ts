/** What may become of an alert: active or cleared, acknowledged or not, in all four combinations. */
import { z } from 'zod';

import { BiotError } from '../errors.ts';
import { isWorse, type Severity } from './severity.ts';

export const ALERT_STEPS = [
  'raise',
  'escalate',
  'acknowledge',
  'clear',
  'assign',
  'comment',
  'snooze',
] as const;
export const alertStepSchema = z.enum(ALERT_STEPS).meta({ id: 'AlertStep' });

/** Instants in milliseconds since the Unix epoch. */
export interface AlertState {
  readonly severity: Severity;
  /** Null while it is active. */
  readonly clearedAt: number | null;
  /** Null while nobody has acknowledged it. */
  readonly acknowledgedAt: number | null;
  readonly assignee: string | null;
  /** Until then it neither escalates nor tells anybody. */
  readonly snoozedUntil: number | null;
}

export type Step =
  | { readonly kind: 'escalate'; readonly to: Severity }
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'assign'; readonly assignee: string | null }
  | { readonly kind: 'comment' }
  | { readonly kind: 'snooze'; readonly until: number };

export const MAX_SNOOZE_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * The state after a step at an instant. A cleared alert stays cleared: what begins again is another alert. Acknowledging
 * says "I have seen it", so that goes for cleared ones, too.
 *
 * @throws BiotError TRANSITION_ILLEGAL or INVALID_ARGUMENT, and nothing has changed
 */
export function afterStep(state: AlertState, step: Step, now: number): AlertState {
  switch (step.kind) {
    case 'acknowledge':
      if (state.acknowledgedAt !== null) throw illegal('it is acknowledged already');
      return { ...state, acknowledgedAt: now };
    case 'clear':
      requireActive(state);
      return { ...state, clearedAt: now, snoozedUntil: null };
    case 'escalate':
      return escalated(state, step.to, now);
    case 'snooze':
      return snoozed(state, step.until, now);
    case 'assign':
      return { ...state, assignee: step.assignee };
    case 'comment':
      return state;
  }
}

function escalated(state: AlertState, to: Severity, now: number): AlertState {
  requireActive(state);
  if (state.acknowledgedAt !== null) throw illegal('somebody has acknowledged it');
  if (state.snoozedUntil !== null && now < state.snoozedUntil) throw illegal('it sleeps');
  if (!isWorse(to, state.severity)) throw illegal('it is as severe already');
  return { ...state, severity: to };
}

function snoozed(state: AlertState, until: number, now: number): AlertState {
  requireActive(state);
  // Written so that an instant that is no number refuses.
  if (!(until > now && until <= now + MAX_SNOOZE_DAYS * DAY_MS))
    throw new BiotError('INVALID_ARGUMENT', `until: a time to come, at most ${MAX_SNOOZE_DAYS} days ahead`);
  return { ...state, snoozedUntil: until };
}

function requireActive({ clearedAt }: AlertState): void {
  if (clearedAt !== null) throw illegal('it is cleared already');
}

function illegal(why: string): BiotError {
  return new BiotError('TRANSITION_ILLEGAL', `the alert cannot: ${why}`);
}
