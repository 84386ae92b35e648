import type { Checkpoint, Header } from '../../../chaincode/protocol/header.ts';
import type { PlacedReading, StoredBatch } from '../stored.ts';
import type { Outcome, VerificationInput } from '../verification-input.ts';
import { verify } from '../verification.ts';
import { checkpointOf, memoryLedger, memoryStore, type Tables } from './memory.ts';
import { sure } from './picker.ts';
import { batchOf, LOGS, type Shape, type World } from './world.ts';

/** Verifies all of a world, unless the options say otherwise. */
export function check(world: World, options: Partial<VerificationInput> = {}): Promise<Outcome> {
  return verify({
    store: memoryStore(world.tables),
    ledger: memoryLedger(world.ledger),
    scope: { kind: 'all' },
    kept: [],
    retainedFrom: -Infinity,
    keptFrom: () => -Infinity,
    patience: { milliseconds: 0, pause: () => Promise.resolve() },
    ...options,
  });
}

/** `kind table key`, sorted: what differences say besides their wording. */
export function named({ differences }: Pick<Outcome, 'differences'>): string[] {
  return differences.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort();
}

export const oneMessage = { device: 0, sensors: ['temperature' as const], skip: false };

/** Batches of one log, with so many messages of one device. */
export function plainShapes(...sizes: number[]): Shape[] {
  return sizes.map((size) => ({ log: 0, gap: 0, messages: Array.from({ length: size }, () => oneMessage) }));
}

export function headersOf(world: World, logId: string = LOGS[0]): Header[] {
  return world.ledger.get(logId) ?? [];
}

/** The checkpoint that an auditor kept when the first log had this size. */
export function keptOf(world: World, size: number): Checkpoint {
  return checkpointOf(LOGS[0], headersOf(world).slice(0, size));
}

export function readingAt(world: World, index: number): PlacedReading {
  return sure(world.tables.readings[index]);
}

/** The header that a batch's own columns make. */
export function batchHeader(world: World, id: number): Header {
  const { logId, sequence, size, root, previous, ranges }: StoredBatch = batchOf(world, id);
  return { logId, sequence, size, root, previous, ranges };
}

/** Deletes a batch with its rows in other tables; `kept` are tables that keep theirs. */
export function dropBatch(tables: Tables, id: number, kept: readonly (keyof Tables)[] = []): void {
  tables.batches = tables.batches.filter((batch) => batch.id !== id);
  for (const list of ['readings', 'ranges', 'outbox'] as const)
    if (!kept.includes(list))
      Object.assign(tables, { [list]: tables[list].filter(({ batch }) => batch !== id) });
}
