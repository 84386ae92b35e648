/** Anything earlier, read as milliseconds, is before 1973: more likely somebody's seconds. */
const LEAST_EPOCH_MS = 100_000_000_000;

const CALENDAR = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads an instant: `2013-12-02 21:15:00` (UTC), ISO 8601 with or without an offset (without: UTC), or milliseconds
 * since the Unix epoch.
 *
 * @returns milliseconds since the Unix epoch, or what is wrong
 */
export function parseInstant(text: string): number | string {
  if (/^\d+$/.test(text)) return parseEpoch(Number(text));
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] =
    CALENDAR.exec(text) ?? [];
  if (year === undefined) return `${JSON.stringify(text)} is not an instant`;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const offset = parseOffset(zone);
  const local = calendarInstant(fields);
  if (local === undefined || offset === undefined) return `"${text}" is not in the calendar`;
  const instant = local + Number(fraction.slice(0, 3).padEnd(3, '0')) - offset;
  return instant < 0 ? `"${text}" is before 1970` : instant;
}

function parseEpoch(epochMs: number): number | string {
  if (!Number.isSafeInteger(epochMs)) return `${epochMs} is too large`;
  return epochMs < LEAST_EPOCH_MS
    ? `${epochMs} is before 1973: are these seconds instead of milliseconds?`
    : epochMs;
}

/** @returns undefined for a day that does not exist: `Date` would take 30 February for 2 March. */
function calendarInstant(fields: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const instant = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(instant);
  const understood = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return understood.every((field, index) => field === fields[index]) ? instant : undefined;
}

/** Milliseconds by which a zone is ahead of UTC. */
function parseOffset(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
