import { auditEntryPlace } from '../../chaincode/protocol/audit-entry.ts';
import { readingPlace } from '../../chaincode/protocol/reading-id.ts';
import type { Difference } from './difference.ts';
import type { MessageHead } from './reference.ts';
import type { Period } from './store.ts';
import type { PlacedReading } from './stored.ts';

/** What is asked about. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'device'; device: string; period: Period }
  | { kind: 'reading'; id: string; batch: number; leaf: number; slot: number }
  | { kind: 'entry'; id: string; batch: number; leaf: number };

/** The scope of one reading, by the id of its row (decimal). */
export function readingScope(id: string): Scope {
  const { batch, leaf, value } = readingPlace(BigInt(id));
  return { kind: 'reading', id, batch: Number(batch), leaf, slot: value };
}

/** The scope of one entry of the audit trail, by the id of its row (decimal). */
export function entryScope(id: string): Scope {
  const { batch, leaf } = auditEntryPlace(BigInt(id));
  return { kind: 'entry', id, batch: Number(batch), leaf };
}

/** Whether it is about one row. */
export function isOne(scope: Scope): scope is Extract<Scope, { id: string }> {
  return scope.kind === 'reading' || scope.kind === 'entry';
}

function within(period: Period, ts: number): boolean {
  return ts >= period.from && ts < period.to;
}

/** Whether a difference at this reading belongs to the answer. */
export function concerns(scope: Scope, reading: PlacedReading): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'device') return reading.device === scope.device && within(scope.period, reading.ts);
  if (scope.kind === 'entry') return false;
  return reading.batch === scope.batch && reading.leaf === scope.leaf && reading.slot === scope.slot;
}

/** Whether a difference belongs to the answer: of one entry's batch, the other entries' do not. */
export function concernsDifference(scope: Scope, { table, key }: Pick<Difference, 'table' | 'key'>): boolean {
  return scope.kind !== 'entry' || table !== 'audit_logs' || key === scope.id;
}

/** How much of something a scope is about. */
export interface Amount {
  messages: number;
  readings: number;
  /** Of the audit trail. */
  entries: number;
}

export function countWithin(
  scope: Scope,
  {
    heads,
    expected,
    entries,
  }: { heads: readonly MessageHead[]; expected: readonly PlacedReading[]; entries: number },
): Amount {
  if (scope.kind === 'all') return { messages: heads.length, readings: expected.length, entries };
  if (scope.kind === 'entry') return { messages: 0, readings: 0, entries: scope.leaf < entries ? 1 : 0 };
  const readings = expected.filter((reading) => concerns(scope, reading));
  return { messages: new Set(readings.map(({ leaf }) => leaf)).size, readings: readings.length, entries: 0 };
}
