/** What rows a statement asks for. */
import { toDatetime } from './columns.ts';

/** A condition and the values for its placeholders. */
export type Condition = readonly [sql: string, ...values: unknown[]];

export function allOf(conditions: readonly Condition[]): Condition {
  return [
    conditions.map(([sql]) => sql).join(' AND ') || 'TRUE',
    ...conditions.flatMap(([, ...values]) => values),
  ];
}

/** `sql` has one placeholder; without a value, it was not asked for, and any row will do. */
export function asked(sql: string, value: unknown): Condition {
  return value === undefined ? ['TRUE'] : [sql, value];
}

interface Place {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly id: unknown;
}

/** What comes after `last` in a list that is newest first, and has ids to order what is of the same instant. */
export function olderThan(last: Place | undefined, columns: { at: string; id: string }): Condition {
  if (last === undefined) return ['TRUE'];
  const { at, id } = columns;
  const instant = toDatetime(last.at);
  // The first half alone says where in the index, and in which partitions, to begin.
  return [`${at} <= ? AND (${at} < ? OR ${id} < ?)`, instant, instant, last.id];
}
