import { lotOf } from '../../chaincode/protocol/device-lot.ts';

/**
 * What goes into one transaction each, of things that are about devices: at most `size` (more only if a lot has more).
 * Whole lots, of which the ledger makes one record and which it reads at once.
 */
export function* lotsTogether<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  size: number,
): Generator<T[], undefined> {
  let chunk: T[] = [];
  for (const lot of Map.groupBy(items, (item) => lotOf(idOf(item))).values()) {
    if (chunk.length > 0 && chunk.length + lot.length > size) {
      yield chunk;
      chunk = [];
    }
    chunk.push(...lot);
  }
  if (chunk.length > 0) yield chunk;
}
