const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances that people read off a clock or calendar; above the last one, months and years. */
const STEPS: readonly number[] = [
  SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];
const MONTH_STEPS: readonly number[] = [1, 2, 3, 6, 12, 24, 60];
const MONTH = 30.44 * DAY;

export interface TimeTicks {
  instants: number[];
  /** What a tick says: as much of date and time as tells it from its neighbours. */
  label: (instant: number) => string;
}

const formats = {
  second: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  minute: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }),
  day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
  month: new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' }),
};

function labelFor(step: number): TimeTicks['label'] {
  const day = formats.day;
  if (step >= DAY) return (instant) => day.format(instant);
  const clock = step < MINUTE ? formats.second : formats.minute;
  // Midnight is where the date changes, so there it is said.
  return (instant) => (isMidnight(instant) ? day.format(instant) : clock.format(instant));
}

function isMidnight(instant: number): boolean {
  const date = new Date(instant);
  return date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
}

/** The first instant from `from` on that is a multiple of `step` on the local clock. */
function firstTick(from: number, step: number): number {
  const offset = new Date(from).getTimezoneOffset() * MINUTE;
  return Math.ceil((from - offset) / step) * step + offset;
}

function monthTicks(from: number, to: number, most: number): TimeTicks {
  const months = MONTH_STEPS.find((count) => (to - from) / (count * MONTH) <= most) ?? 120;
  const start = new Date(from);
  const instants: number[] = [];
  const firstMonth = Math.ceil((start.getFullYear() * 12 + start.getMonth()) / months) * months;
  for (let month = firstMonth; ; month += months) {
    const instant = new Date(Math.floor(month / 12), month % 12, 1).getTime();
    if (instant > to) break;
    if (instant >= from) instants.push(instant);
  }
  return { instants, label: (instant) => formats.month.format(instant) };
}

/**
 * Round instants for a time axis, at most `most` of them. They depend on the clock alone and not on where the axis
 * begins, so on a moving axis they travel with the values instead of jumping.
 */
export function timeTicks(from: number, to: number, most: number): TimeTicks {
  const step = STEPS.find((candidate) => (to - from) / candidate <= most);
  if (step === undefined) return monthTicks(from, to, most);
  const instants: number[] = [];
  for (let instant = firstTick(from, step); instant <= to; instant += step) instants.push(instant);
  return { instants, label: labelFor(step) };
}
