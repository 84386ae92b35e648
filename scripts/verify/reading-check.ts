import type { RawMessage } from '../../chaincode/protocol/message.ts';
import type { Word } from './reference.ts';
import type { PlacedReading } from './stored.ts';

/** A reading that is not where, or not what, it should be. */
export interface Misplaced {
  reading: PlacedReading;
  /** The batch's name on the ledger, or the batch id where it has none. */
  origin: string;
  word: Word;
}

export interface ReadingMismatches {
  /** Anchored, and not in the row of that id. */
  lost: PlacedReading[];
  /** In a row, and not what was anchored for that id. */
  found: PlacedReading[];
}

/** The readings that a batch's messages, in their order, stand for. */
export function expectedReadings(batch: number, messages: readonly RawMessage[]): PlacedReading[] {
  return messages.flatMap(({ values, ...head }, leaf) =>
    values.map(({ sensor, value }, slot) => ({ batch, leaf, slot, ...head, sensor, value })),
  );
}

export function sameContent(left: PlacedReading, right: PlacedReading): boolean {
  return (
    left.value === right.value &&
    left.seq === right.seq &&
    left.ts === right.ts &&
    left.device === right.device &&
    left.sensor === right.sensor &&
    left.epoch === right.epoch &&
    left.tenant === right.tenant
  );
}

/** A reading's place as one text, for look-up. */
export function placeKey({ batch, leaf, slot }: PlacedReading): string {
  return `${batch}/${leaf}/${slot}`;
}

/** Compares rows with what was anchored, place by place. */
export function compareReadings(
  expected: readonly PlacedReading[],
  stored: readonly PlacedReading[],
): ReadingMismatches {
  // The table's key is id and timestamp, so a forger can give several rows one id.
  const rows = new Map<string, PlacedReading[]>();
  for (const row of stored) {
    const key = placeKey(row);
    const others = rows.get(key);
    if (others === undefined) rows.set(key, [row]);
    else others.push(row);
  }
  const lost = expected.filter((reading) => !take(rows.get(placeKey(reading)), reading));
  return { lost, found: [...rows.values()].flat() };
}

function take(rows: PlacedReading[] | undefined, reading: PlacedReading): boolean {
  const at = rows?.findIndex((row) => sameContent(row, reading)) ?? -1;
  if (at >= 0) rows?.splice(at, 1);
  return at >= 0;
}
