import { EMPTY_FRONTIER, appendLeaf, frontierRoot } from '../../../chaincode/protocol/frontier.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import {
  type Checkpoint,
  type Header,
  headerHash,
  headerHashHex,
  NO_PREVIOUS,
} from '../../../chaincode/protocol/header.ts';
import type { LedgerView } from '../ledger-view.ts';
import type { Store, StoreSnapshot } from '../store.ts';
import type { OutboxEntry, PlacedReading, StoredBatch, StoredEntry, StoredRange } from '../stored.ts';

/** SQL's tables as lists: tests change them as a forger would. */
export interface Tables {
  batches: StoredBatch[];
  witnesses: Map<number, Uint8Array>;
  ranges: StoredRange[];
  readings: PlacedReading[];
  entries: StoredEntry[];
  outbox: OutboxEntry[];
}

function inRange<Row>(
  rows: readonly Row[],
  id: (row: Row) => number,
  from: number,
  to: number | undefined,
): Row[] {
  return rows.filter((row) => id(row) >= from && (to === undefined || id(row) < to));
}

async function* inOrder(rows: readonly PlacedReading[]): AsyncGenerator<PlacedReading> {
  const sorted = [...rows].sort(
    (left, right) =>
      left.batch - right.batch || left.leaf - right.leaf || left.slot - right.slot || left.ts - right.ts,
  );
  for (const row of sorted) yield await Promise.resolve(row);
}

export function memoryStore(tables: Tables): Store {
  const snapshot: StoreSnapshot = {
    batches: (from, limit) => {
      const rows = inRange(tables.batches, ({ id }) => id, from, undefined).sort(
        (left, right) => left.id - right.id,
      );
      const outboxOf = ({ id }: StoredBatch): OutboxEntry | undefined =>
        tables.outbox.find(({ batch }) => batch === id);
      return Promise.resolve(rows.slice(0, limit).map((row) => ({ ...row, outbox: outboxOf(row) })));
    },
    witnesses: (from, to) => Promise.resolve(new Map(inRange([...tables.witnesses], ([id]) => id, from, to))),
    ranges: (from, to) => {
      const rows = inRange(tables.ranges, ({ batch }) => batch, from, to);
      return Promise.resolve(rows.sort((left, right) => left.batch - right.batch));
    },
    entries: (from, to) => {
      const rows = inRange(tables.entries, ({ batch }) => batch, from, to);
      return Promise.resolve(rows.sort((left, right) => left.batch - right.batch || left.leaf - right.leaf));
    },
    readings: (from, to) => inOrder(inRange(tables.readings, ({ batch }) => batch, from, to)),
    readingsOfDevice: (device, period) =>
      inOrder(
        tables.readings.filter((row) => row.device === device && row.ts >= period.from && row.ts < period.to),
      ),
    strayOutbox: () => {
      const known = new Set(tables.batches.map(({ id }) => id));
      return Promise.resolve(tables.outbox.filter(({ batch }) => batch === null || !known.has(batch)));
    },
  };
  return { snapshot: (read) => read(snapshot), close: () => Promise.resolve() };
}

export function checkpointOf(logId: string, headers: readonly Header[]): Checkpoint {
  const frontier = headers.map(headerHash).reduce(appendLeaf, EMPTY_FRONTIER);
  const last = headers.at(-1);
  return {
    logId,
    size: headers.length,
    root: toHex(frontierRoot(frontier)),
    head: last === undefined ? NO_PREVIOUS : headerHashHex(last),
  };
}

/** A ledger of these logs; its checkpoints are computed at each question, as the contract's would be. */
export function memoryLedger(logs: ReadonlyMap<string, readonly Header[]>): LedgerView {
  return {
    logs: () => Promise.resolve([...logs].map(([logId, headers]) => checkpointOf(logId, headers))),
    async *headers(logId, from, to) {
      for (const header of logs.get(logId)?.slice(from, to) ?? []) yield await Promise.resolve(header);
    },
  };
}
