import { readingPlace } from '../../chaincode/protocol/reading-id.ts';
import type { MessageHead } from './reference.ts';
import type { Period } from './store.ts';
import type { PlacedReading } from './stored.ts';

/** What is asked about. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'device'; device: string; period: Period }
  | { kind: 'reading'; id: string; batch: number; leaf: number; slot: number };

/** The scope of one reading, by the id of its row (decimal). */
export function readingScope(id: string): Scope {
  const { batch, leaf, value } = readingPlace(BigInt(id));
  return { kind: 'reading', id, batch: Number(batch), leaf, slot: value };
}

function within(period: Period, ts: number): boolean {
  return ts >= period.from && ts < period.to;
}

/** Whether a difference at this reading belongs to the answer. */
export function concerns(scope: Scope, reading: PlacedReading): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'device') return reading.device === scope.device && within(scope.period, reading.ts);
  return reading.batch === scope.batch && reading.leaf === scope.leaf && reading.slot === scope.slot;
}

/** How much of something a scope is about. */
export interface Amount {
  messages: number;
  readings: number;
}

export function countWithin(
  scope: Scope,
  { heads, expected }: { heads: readonly MessageHead[]; expected: readonly PlacedReading[] },
): Amount {
  if (scope.kind === 'all') return { messages: heads.length, readings: expected.length };
  const readings = expected.filter((reading) => concerns(scope, reading));
  return { messages: new Set(readings.map(({ leaf }) => leaf)).size, readings: readings.length };
}
