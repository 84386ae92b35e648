/**
 * A reading's id says where it stands: batch, leaf (its message's place in the batch) and value (its place in the
 * message). So a row that was moved, added or taken away shows in the numbers alone, and a batch is one range of
 * the table's primary key. Ids are 63-bit: bigint here, decimal text in JSON.
 */
const LEAF_BITS = 14n;
const VALUE_BITS = 6n;

export interface ReadingPlace {
  batch: bigint;
  leaf: number;
  value: number;
}

export const MAX_BATCH_ID = 2n ** (63n - LEAF_BITS - VALUE_BITS) - 1n;

export function readingId({ batch, leaf, value }: ReadingPlace): bigint {
  if (batch < 0n || batch > MAX_BATCH_ID) throw new RangeError(`batch ${batch.toString()} out of range`);
  if (!fits(leaf, LEAF_BITS) || !fits(value, VALUE_BITS))
    throw new RangeError(`place ${leaf}/${value} out of range`);
  return (((batch << LEAF_BITS) | BigInt(leaf)) << VALUE_BITS) | BigInt(value);
}

export function readingPlace(id: bigint): ReadingPlace {
  return {
    batch: id >> (LEAF_BITS + VALUE_BITS),
    leaf: Number((id >> VALUE_BITS) & ((1n << LEAF_BITS) - 1n)),
    value: Number(id & ((1n << VALUE_BITS) - 1n)),
  };
}

/** The ids of a batch: from the first, up to but without the second. */
export function batchIdRange(batch: bigint): readonly [bigint, bigint] {
  return [batch << (LEAF_BITS + VALUE_BITS), (batch + 1n) << (LEAF_BITS + VALUE_BITS)];
}

function fits(value: number, bits: bigint): boolean {
  return Number.isInteger(value) && value >= 0 && BigInt(value) < 1n << bits;
}
