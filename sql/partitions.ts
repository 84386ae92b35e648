/**
 * Which partitions a table should have, from nothing but the clock and the settings. Instants are milliseconds UTC.
 */

export interface Partition {
  readonly name: string;
  /** Rows before this instant (and not in an earlier partition) lie here; null for the catch-all at the end. */
  readonly before: number | null;
}

export interface PartitionSettings {
  /** Everything before this year lies in one partition, then each past year has one of its own. */
  readonly firstYear: number;
  /** Months that are made beyond the present one. */
  readonly monthsAhead: number;
  /** Whole partitions older than this are dropped; 0 keeps everything. */
  readonly retentionDays: number;
}

export interface PartitionPlan {
  /** To be split off the catch-all, in order. */
  readonly add: readonly Partition[];
  /** To be dropped with all that is in them. */
  readonly drop: readonly Partition[];
}

export const CATCH_ALL = 'p_future';
const DAY_MS = 86_400_000;

function yearly(year: number): Partition {
  return { name: `p_${year}`, before: Date.UTC(year + 1, 0) };
}

/** `month` counts from 0 and may run over the year's end. */
function monthly(year: number, month: number): Partition {
  const start = new Date(Date.UTC(year, month));
  const name = `p_${start.getUTCFullYear()}_${String(start.getUTCMonth() + 1).padStart(2, '0')}`;
  return { name, before: Date.UTC(year, month + 1) };
}

function span<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: Math.max(count, 0) }, (_, index) => make(index));
}

/** All partitions that a new table would get at this instant, without the catch-all. */
function wanted(now: number, { firstYear, monthsAhead }: PartitionSettings): Partition[] {
  const year = new Date(now).getUTCFullYear();
  const month = new Date(now).getUTCMonth();
  return [
    { name: 'p_before', before: Date.UTC(firstYear, 0) },
    ...span(year - firstYear, (index) => yearly(firstYear + index)),
    ...span(month + 1 + monthsAhead, (index) => monthly(year, index)),
  ];
}

function endsAfter(instant: number): (partition: Partition) => boolean {
  return ({ before }) => before === null || before > instant;
}

/** The instant before which readings may be gone: with retention, nothing older is accepted either. */
export function retentionHorizon(now: number, retentionDays: number): number {
  return retentionDays === 0 ? Number.NEGATIVE_INFINITY : now - retentionDays * DAY_MS;
}

/** What has to be done to a table that has the partitions `existing`, at the instant `now`. */
export function planPartitions(
  existing: readonly Partition[],
  now: number,
  settings: PartitionSettings,
): PartitionPlan {
  const horizon = retentionHorizon(now, settings.retentionDays);
  const covered = Math.max(horizon, ...existing.map(({ before }) => before ?? Number.NEGATIVE_INFINITY));
  return {
    add: wanted(now, settings).filter(endsAfter(covered)),
    drop: existing.filter((partition) => !endsAfter(horizon)(partition)),
  };
}
