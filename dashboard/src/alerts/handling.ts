/** What people may do to alerts, to one or to several at once. */
import type { Handling } from '../api/alerts.ts';
import { asProblem, type ApiProblem } from '../api/problem.ts';
import type { Alert } from '../api/types.ts';

export type Verb = Handling['verb'];

interface VerbWords {
  readonly label: string;
  /** In front of how many. */
  readonly title: string;
  /** What it means, said before it is done. */
  readonly description: string;
  /** Said once it is done: "3 alerts acknowledged." */
  readonly done: string;
  /** Of which alerts it can be done. */
  readonly possible: (alert: Alert) => boolean;
}

export const VERBS: Readonly<Record<Verb, VerbWords>> = {
  acknowledge: {
    label: 'Acknowledge',
    title: 'Acknowledge',
    description:
      'Says that you have seen it. It stays active until it is over, and does not escalate any more.',
    done: 'acknowledged',
    possible: ({ acknowledged }) => !acknowledged,
  },
  clear: {
    label: 'Clear',
    title: 'Clear',
    description: 'Says that it is over. If its rule is still met, that is another alert.',
    done: 'cleared',
    possible: ({ active }) => active,
  },
  assign: {
    label: 'Assign',
    title: 'Assign',
    description: 'Says who sees to it. Who that is has to serve the tenant of its device.',
    done: 'assigned',
    possible: () => true,
  },
  snooze: {
    label: 'Snooze',
    title: 'Snooze',
    description: 'Until then it neither escalates nor tells anybody.',
    done: 'snoozed',
    possible: ({ active }) => active,
  },
  comment: {
    label: 'Comment',
    title: 'Comment on',
    description: 'Adds a line to its timeline, with your name, for all who see the alert.',
    done: 'commented on',
    possible: () => true,
  },
};

export const VERB_NAMES: readonly Verb[] = ['acknowledge', 'clear', 'assign', 'snooze', 'comment'];

/** Those of the alerts to which it can be done, by whoever asked for them. */
export function handleable(verb: Verb, alerts: readonly Alert[]): Alert[] {
  return alerts.filter((alert) => alert.mayHandle && VERBS[verb].possible(alert));
}

export function countText(count: number): string {
  return count === 1 ? '1 alert' : `${count} alerts`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** In milliseconds, by what people say. */
export const SNOOZES: readonly { value: number; label: string }[] = [
  { value: 15 * MINUTE_MS, label: 'for 15 minutes' },
  { value: HOUR_MS, label: 'for an hour' },
  { value: 4 * HOUR_MS, label: 'for 4 hours' },
  { value: 24 * HOUR_MS, label: 'for a day' },
  { value: 7 * 24 * HOUR_MS, label: 'for a week' },
];

interface HandlingDraft {
  comment: string;
  /** Empty for nobody. */
  assignee: string;
  /** Milliseconds. */
  snooze: number;
}

export function emptyHandling(member = ''): HandlingDraft {
  return { comment: '', assignee: member, snooze: HOUR_MS };
}

/** @returns undefined where what is needed is missing */
export function handlingOf(verb: Verb, draft: HandlingDraft, now: number): Handling | undefined {
  const comment = draft.comment.trim();
  switch (verb) {
    case 'assign':
      return { verb, body: { assignee: draft.assignee === '' ? null : draft.assignee } };
    case 'snooze':
      return { verb, body: { until: now + draft.snooze } };
    case 'comment':
      return comment === '' ? undefined : { verb, body: { comment } };
    case 'acknowledge':
    case 'clear':
      return { verb, body: comment === '' ? {} : { comment } };
  }
}

export interface Refusal {
  readonly alert: Alert;
  readonly problem: ApiProblem;
}

/** Does it to each, one after another. @returns those that were refused, and why */
export async function handleEach(
  alerts: readonly Alert[],
  handle: (alert: Alert) => Promise<unknown>,
): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  for (const alert of alerts) {
    try {
      await handle(alert);
    } catch (error) {
      refused.push({ alert, problem: asProblem(error) });
    }
  }
  return refused;
}
