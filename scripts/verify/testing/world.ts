import fc from 'fast-check';

import { encodeAuditEntry, type RawAuditEntry } from '../../../chaincode/protocol/audit-entry.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import { type Header, headerHashHex, NO_PREVIOUS } from '../../../chaincode/protocol/header.ts';
import { leafHash, merkleRoot } from '../../../chaincode/protocol/merkle.ts';
import {
  type AttributedMessage,
  encodeMessage,
  messageLeaf,
  orderedValues,
} from '../../../chaincode/protocol/message.ts';
import { rangesOf, rangesRoot } from '../../../chaincode/protocol/ranges.ts';
import type { Sensor } from '../../../chaincode/protocol/sensors.ts';
import { encodeWitness } from '../../../chaincode/protocol/witness.ts';
import type { StoredBatch } from '../stored.ts';
import type { Tables } from './memory.ts';

/** A database and a ledger that agree, as the writers would have left them. */
export interface World {
  tables: Tables;
  ledger: Map<string, Header[]>;
}

export const LOGS = ['ingest-1@operator', 'ingest-2@operator'] as const;
const START = Date.UTC(2013, 11, 2, 21, 15);

/** Adds a batch to SQL as a writer does in one transaction; `anchor` then puts its header on the ledger. */
export class Writer {
  readonly world: World = {
    tables: { batches: [], witnesses: new Map(), ranges: [], readings: [], entries: [], outbox: [] },
    ledger: new Map(),
  };
  readonly #ends = new Map<
    string,
    { sequence: number; previous: string; messages: number; readings: number }
  >();

  seal(logId: string, id: number, messages: readonly AttributedMessage[]): Header {
    const { tables } = this.world;
    const end = this.#ends.get(logId) ?? { sequence: 0, previous: NO_PREVIOUS, messages: 0, readings: 0 };
    const canonical = messages.map(encodeMessage);
    const ranges = rangesOf(messages);
    const header: Header = {
      logId,
      sequence: end.sequence,
      size: messages.length,
      root: toHex(merkleRoot(canonical.map(messageLeaf))),
      previous: end.previous,
      ranges: toHex(rangesRoot(ranges)),
    };
    const readings = messages.flatMap(({ values, ...head }, leaf) =>
      orderedValues(values).map(({ sensor, value }, slot) => ({
        batch: id,
        leaf,
        slot,
        ...head,
        sensor,
        value,
      })),
    );
    const instants = messages.map(({ ts }) => ts);
    this.#place(id, header, {
      readings: readings.length,
      totals: { messages: end.messages + messages.length, readings: end.readings + readings.length },
      earliest: Math.min(...instants),
      latest: Math.max(...instants),
    });
    tables.witnesses.set(id, encodeWitness(canonical));
    tables.ranges.push(...ranges.map((range) => ({ batch: id, ...range })));
    tables.readings.push(...readings);
    return header;
  }

  /** Adds a batch of the audit trail. */
  sealEntries(logId: string, id: number, entries: readonly RawAuditEntry[]): Header {
    const { tables } = this.world;
    const end = this.#ends.get(logId) ?? { sequence: 0, previous: NO_PREVIOUS, messages: 0, readings: 0 };
    const canonical = entries.map(encodeAuditEntry);
    const header: Header = {
      logId,
      sequence: end.sequence,
      size: entries.length,
      root: toHex(merkleRoot(canonical.map(leafHash))),
      previous: end.previous,
      ranges: toHex(rangesRoot([])),
    };
    const instants = entries.map(({ at }) => at);
    this.#place(id, header, {
      readings: 0,
      totals: end,
      earliest: Math.min(...instants),
      latest: Math.max(...instants),
    });
    tables.witnesses.set(id, encodeWitness(canonical));
    tables.entries.push(...entries.map((entry, leaf) => ({ batch: id, leaf, ...entry })));
    return header;
  }

  #place(
    id: number,
    header: Header,
    {
      totals: { messages, readings: totalReadings },
      ...columns
    }: Pick<StoredBatch, 'readings' | 'earliest' | 'latest'> & {
      totals: { messages: number; readings: number };
    },
  ): void {
    const { tables } = this.world;
    const { logId, sequence } = header;
    const hash = headerHashHex(header);
    const totals = { totalMessages: messages, totalReadings };
    tables.batches.push({ id, ...header, hash, ...totals, ...columns, outbox: undefined });
    const rest = { status: 'sealed', transaction: null, block: null };
    tables.outbox.push({ id: 1000 + id, batch: id, logId, sequence, ...rest });
    this.#ends.set(logId, { sequence: sequence + 1, previous: hash, messages, readings: totalReadings });
  }

  anchor(header: Header): void {
    const { ledger, tables } = this.world;
    ledger.set(header.logId, [...(ledger.get(header.logId) ?? []), header]);
    const entry = tables.outbox.find(
      ({ logId, sequence }) => logId === header.logId && sequence === header.sequence,
    );
    if (entry !== undefined)
      Object.assign(entry, { status: 'committed', transaction: 'ab'.repeat(32), block: 7 + header.sequence });
  }
}

export interface Shape {
  log: number;
  /** How many ids are left out before this batch: a rolled back transaction leaves such a gap. */
  gap: number;
  messages: { device: number; sensors: Sensor[]; skip: boolean }[];
}

const sensors = fc.subarray<Sensor>(['battery', 'humidity', 'temperature', 'voltage'], { minLength: 1 });
const shape: fc.Arbitrary<Shape> = fc.record({
  log: fc.nat(LOGS.length - 1),
  gap: fc.nat(2),
  messages: fc.array(fc.record({ device: fc.nat(2), sensors, skip: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  }),
});

/** Builds the world of some batches. Every value is different from all others, unless `values` says otherwise. */
export function buildWorld(shapes: readonly Shape[], waiting = 0, values: readonly number[] = []): World {
  const writer = new Writer();
  const next = [1, 1, 1];
  let id = 0;
  let value = 0;
  for (const [index, { log, gap, messages }] of shapes.entries()) {
    id += 1 + gap;
    const attributed = messages.map(({ device, sensors: names, skip }): AttributedMessage => {
      const seq = (next[device] ?? 1) + (skip ? 3 : 0);
      next[device] = seq + 1;
      const named = Object.fromEntries(names.map((name) => [name, values[value++] ?? value + 0.25]));
      return {
        tenant: 'acme',
        device: `press-${device}`,
        epoch: 1,
        seq,
        ts: START + 1000 * value,
        values: named,
      };
    });
    const header = writer.seal(LOGS[log] ?? LOGS[0], id, attributed);
    if (index < shapes.length - waiting) writer.anchor(header);
  }
  return writer.world;
}

export const anyShapes = fc.array(shape, { minLength: 2, maxLength: 7 });

export function batchOf(world: World, id: number): StoredBatch {
  const found = world.tables.batches.find((batch) => batch.id === id);
  if (found === undefined) throw new RangeError(`no batch ${id}`);
  return found;
}
