import type { Period } from '../api/types.ts';

export type Span = 'week' | 'month' | 'quarter' | 'own';

export const SPANS: readonly { value: Span; label: string }[] = [
  { value: 'week', label: 'Last week' },
  { value: 'month', label: 'Last month' },
  { value: 'quarter', label: 'Last quarter' },
  { value: 'own', label: 'Other' },
];

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

/** The days of a period, the last included, as a field for dates has them: `2026-10-31`. */
export interface Days {
  first: string;
  last: string;
}

/** The calendar week (from Monday), month or quarter before the one that it is, in UTC as the report has it. */
export function daysOf(span: Exclude<Span, 'own'>, now: number): Days {
  const today = new Date(now);
  const [year, month, date] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  if (span === 'week') {
    const monday = Date.UTC(year, month, date - ((today.getUTCDay() + 6) % 7));
    return { first: dayOf(monday - 7 * DAY_MS), last: dayOf(monday - DAY_MS) };
  }
  const months = span === 'month' ? 1 : 3;
  const end = Date.UTC(year, month - (month % months));
  return { first: dayOf(Date.UTC(year, month - (month % months) - months)), last: dayOf(end - DAY_MS) };
}

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** @returns what is wrong with them, or the instants from the first day's start to the last day's end */
export function periodOf({ first, last }: Days): Period | string {
  const [from, until] = [Date.parse(`${first}T00:00:00Z`), Date.parse(`${last}T00:00:00Z`)];
  if (Number.isNaN(from) || Number.isNaN(until)) return 'Choose the first and the last day';
  if (from > until) return 'The first day comes after the last';
  const to = until + DAY_MS;
  return to - from > MOST_DAYS * DAY_MS ? `A report is about ${MOST_DAYS} days at most` : { from, to };
}
