/**
 * Reads all batches with their contents in the order of their ids, a few ten thousand messages at a time: memory does
 * not grow with the tables, and no transaction is open for long (a reader's metadata lock makes DDL wait, and that
 * makes writers wait). One snapshot a chunk is enough: a batch and all its rows are committed together and never
 * changed, and readers that begin after the ledger's checkpoint was taken must find every batch that it covers.
 */
import type { Store, StoreSnapshot } from './store.ts';
import type { PlacedReading, StoredBatch, StoredContent, StoredEntry, StoredRange } from './stored.ts';

const BATCHES_AT_ONCE = 256;
const MESSAGES_AT_ONCE = 32_768;
/** As many readings as a batch's ids can number; only a forger has more, by giving rows the same id. */
const MOST_READINGS = 1 << 20;

export interface ScanHandler {
  /** Whether a batch's messages are to be read; without it, all are. */
  wants?: (batch: StoredBatch, ranges: StoredRange[]) => Promise<boolean>;
  content(content: StoredContent): Promise<void>;
  /** Readings beyond all that a batch can have; they are not in its content. */
  surplus(reading: PlacedReading): void;
}

export async function scanBatches(store: Store, handler: ScanHandler): Promise<void> {
  let from: number | undefined = 0;
  while (from !== undefined) {
    const start: number = from;
    from = await store.snapshot((snapshot) => scanChunk(snapshot, start, handler));
  }
}

/** @returns where the next chunk begins, or undefined when this was the last. */
async function scanChunk(
  snapshot: StoreSnapshot,
  from: number,
  handler: ScanHandler,
): Promise<number | undefined> {
  const batches = await snapshot.batches(from, BATCHES_AT_ONCE);
  const chunk = firstMessages(batches);
  const last = chunk.at(-1);
  const ends = last === undefined || (chunk.length === batches.length && batches.length < BATCHES_AT_ONCE);
  // The last chunk reads to the end of all tables: rows that belong to no batch are there to be found.
  const to = ends ? undefined : last.id + 1;
  const ranges = Map.groupBy(await snapshot.ranges(from, to), ({ batch }) => batch);
  const entries = Map.groupBy(await snapshot.entries(from, to), ({ batch }) => batch);
  if (handler.wants === undefined) await deliverAll(snapshot, { from, to, chunk, ranges, entries }, handler);
  else await deliverWanted(snapshot, { chunk, ranges }, { ...handler, wants: handler.wants });
  return to;
}

/** As many batches as hold some ten thousand messages, and at least one. */
function firstMessages(batches: readonly StoredBatch[]): StoredBatch[] {
  let messages = 0;
  const end = batches.findIndex(({ size }, index) => {
    messages += size;
    return index > 0 && messages > MESSAGES_AT_ONCE;
  });
  return batches.slice(0, end < 0 ? batches.length : end);
}

interface Chunk {
  chunk: readonly StoredBatch[];
  ranges: ReadonlyMap<number, StoredRange[]>;
}

async function deliverAll(
  snapshot: StoreSnapshot,
  {
    from,
    to,
    chunk,
    ranges,
    entries,
  }: Chunk & { from: number; to: number | undefined; entries: ReadonlyMap<number, StoredEntry[]> },
  handler: ScanHandler,
): Promise<void> {
  const witnesses = await snapshot.witnesses(from, to);
  const batches = new Map(chunk.map((batch) => [batch.id, batch]));
  const contentOf = (id: number, readings: PlacedReading[]): StoredContent => ({
    id,
    batch: batches.get(id),
    witness: witnesses.get(id),
    ranges: ranges.get(id) ?? [],
    readings,
    entries: entries.get(id) ?? [],
  });
  const known = [...new Set([...batches.keys(), ...ranges.keys(), ...entries.keys()])].sort(
    (left, right) => left - right,
  );
  let next = 0;
  for await (const { id, readings } of groupByBatch(snapshot.readings(from, to), handler)) {
    for (; (known[next] ?? id) < id; next += 1) await handler.content(contentOf(known[next] ?? id, []));
    if (known[next] === id) next += 1;
    await handler.content(contentOf(id, readings));
  }
  for (const id of known.slice(next)) await handler.content(contentOf(id, []));
}

async function deliverWanted(
  snapshot: StoreSnapshot,
  { chunk, ranges }: Chunk,
  handler: Required<ScanHandler>,
): Promise<void> {
  for (const batch of chunk) {
    const own = ranges.get(batch.id) ?? [];
    if (await handler.wants(batch, own))
      await handler.content(await readContent(snapshot, batch.id, handler));
  }
}

/** All that SQL has of one batch id. */
export async function readContent(
  snapshot: StoreSnapshot,
  id: number,
  handler: Pick<ScanHandler, 'surplus'>,
): Promise<StoredContent> {
  const [batch] = (await snapshot.batches(id, 1)).filter((found) => found.id === id);
  const witness = (await snapshot.witnesses(id, id + 1)).get(id);
  const ranges = await snapshot.ranges(id, id + 1);
  const entries = await snapshot.entries(id, id + 1);
  const content: StoredContent = { id, batch, witness, ranges, readings: [], entries };
  for await (const { readings } of groupByBatch(snapshot.readings(id, id + 1), handler))
    content.readings = readings;
  return content;
}

async function* groupByBatch(
  rows: AsyncIterable<PlacedReading>,
  { surplus }: Pick<ScanHandler, 'surplus'>,
): AsyncGenerator<{ id: number; readings: PlacedReading[] }> {
  let readings: PlacedReading[] = [];
  for await (const row of rows) {
    const id = readings[0]?.batch;
    if (id !== undefined && row.batch !== id) {
      yield { id, readings };
      readings = [];
    }
    if (readings.length < MOST_READINGS) readings.push(row);
    else surplus(row);
  }
  const id = readings[0]?.batch;
  if (id !== undefined) yield { id, readings };
}
