const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const instantFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const dateFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

const UNITS: readonly [limit: number, unit: number, name: string][] = [
  [MINUTE, SECOND, 's'],
  [HOUR, MINUTE, 'min'],
  [DAY, HOUR, 'h'],
  [30 * DAY, DAY, 'd'],
];

/** 42 000 ms -> `42 s`, in the largest unit that gives at least one; from 30 days on, still days. */
export function formatDuration(milliseconds: number): string {
  const [, unit, name] = UNITS.find(([limit]) => milliseconds < limit) ?? [DAY, DAY, 'd'];
  return `${Math.floor(milliseconds / unit)} ${name}`;
}

/**
 * `3 s ago`; a date from 30 days on. Clocks differ, so a little ahead counts as now; far ahead is shown as it is.
 */
export function formatRelative(instant: number, now: number): string {
  const age = now - instant;
  if (age < -MINUTE || age >= 30 * DAY) return dateFormat.format(instant);
  return age < SECOND ? 'just now' : `${formatDuration(age)} ago`;
}

/** Local date and time to the second: `22 Nov 2025, 15:49:03`. */
export function formatInstant(instant: number): string {
  return instantFormat.format(instant);
}

/** Both clocks, for a hover: the reader's and the one that the platform stores. */
export function formatBothClocks(instant: number): string {
  return `${instantFormat.format(instant)} local time\n${new Date(instant).toISOString()}`;
}
