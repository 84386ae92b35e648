import type { RawAuditEntry } from '../../../chaincode/protocol/audit-entry.ts';
import { decodeWitness, encodeWitness } from '../../../chaincode/protocol/witness.ts';
import { entryId, placeName } from '../stored.ts';
import { sure, type Tampering } from './picker.ts';
import { batchOf, LOGS, Writer, type World } from './world.ts';

const START = Date.UTC(2026, 10, 23);

function entry(number: number): RawAuditEntry {
  return {
    at: START + number,
    actor: 'admin@operator',
    org: 'OperatorMSP',
    action: 'suspendDevice',
    outcome: 'done',
    tenant: number % 2 === 0 ? 'acme' : null,
    device: number % 3 === 0 ? null : `press-${number}`,
    subject: null,
    details: `{"number":${number}}`,
    address: '127.0.0.1',
    transaction: null,
  };
}

/** Batches of entries of these sizes, between them one of messages; the last `waiting` of them are not anchored. */
export function auditWorld(sizes: readonly number[], waiting = 0): World {
  const writer = new Writer();
  const message = {
    tenant: 'acme',
    device: 'press-1',
    epoch: 1,
    seq: 1,
    ts: START,
    values: { temperature: 1 },
  };
  writer.anchor(writer.seal(LOGS[0], 1, [message]));
  let number = 0;
  for (const [index, size] of sizes.entries()) {
    const entries = Array.from({ length: size }, () => entry(number++));
    const header = writer.sealEntries(LOGS[index % 2] ?? LOGS[0], 2 + index, entries);
    if (index < sizes.length - waiting) writer.anchor(header);
  }
  return writer.world;
}

function changeEntry(change: Partial<RawAuditEntry>): Tampering {
  return ({ tables }, pick) => {
    const row = pick.from(tables.entries);
    Object.assign(row, change);
    return [`changed audit_logs ${entryId(row)}`];
  };
}

/** What a forger does to the audit trail. */
export const entryTamperings: Record<string, Tampering> = {
  'an instant': changeEntry({ at: START - 1 }),
  'an impossible instant': changeEntry({ at: -1 }),
  'an actor': changeEntry({ actor: 'nobody@operator' }),
  'an organisation': changeEntry({ org: null }),
  'an action': changeEntry({ action: 'signIn' }),
  'an outcome': changeEntry({ outcome: 'refused' }),
  'a tenant': changeEntry({ tenant: 'other' }),
  'a device': changeEntry({ device: 'press-none' }),
  'a subject': changeEntry({ subject: '' }),
  'the blanks of details': changeEntry({ details: '{"number": 1}' }),
  'an address': changeEntry({ address: null }),
  'a transaction': changeEntry({ transaction: 'ab'.repeat(32) }),
  'an entry removed': ({ tables }, pick) => {
    const row = pick.remove(tables.entries);
    return [`missing audit_logs ${entryId(row)}`];
  },
  'an entry added behind the others': ({ tables }, pick) => {
    const row = pick.from(tables.entries);
    const added = { ...row, leaf: 16_000 };
    tables.entries.push(added);
    return [`added audit_logs ${entryId(added)}`];
  },
  'an entry added to a batch of messages': ({ tables }, pick) => {
    const added = { ...pick.from(tables.entries), batch: 1, leaf: 0 };
    tables.entries.push(added);
    return [`added audit_logs ${entryId(added)}`];
  },
  'an entry of no batch': ({ tables }, pick) => {
    const added = { ...pick.from(tables.entries), batch: 5_000, leaf: 3 };
    tables.entries.push(added);
    return [`added audit_logs ${entryId(added)}`];
  },
  'an entry from before there were batches': ({ tables }, pick) => {
    const added = { ...pick.from(tables.entries), batch: 0, leaf: 3 };
    tables.entries.push(added);
    return [`added audit_logs ${entryId(added)}`];
  },
  'two entries of a batch swapped': ({ tables }, pick) => {
    const row = pick.from(tables.entries);
    const other = tables.entries.find(({ batch, leaf }) => batch === row.batch && leaf !== row.leaf);
    if (other === undefined) return undefined;
    [row.leaf, other.leaf] = [other.leaf, row.leaf];
    return [row, other].map((moved) => `reordered audit_logs ${entryId(moved)}`);
  },
  'a byte of the witness': ({ tables }, pick) => {
    const { batch } = pick.from(tables.entries);
    const bytes = encodeWitness(decodeWitness(sure(tables.witnesses.get(batch))));
    const at = pick.index(bytes.length);
    bytes[at] = sure(bytes[at]) ^ 1;
    tables.witnesses.set(batch, bytes);
    return [`changed batches ${batch}`];
  },
  'the witness cleared': ({ tables }, pick) => {
    const { batch } = pick.from(tables.entries);
    tables.witnesses.delete(batch);
    return [`changed batches ${batch}`];
  },
  'all entries of a batch deleted with their witness': ({ tables }, pick) => {
    const { batch } = pick.from(tables.entries);
    tables.entries = tables.entries.filter((row) => row.batch !== batch);
    tables.witnesses.delete(batch);
    return [`missing batches ${batch}`];
  },
  'a batch deleted everywhere': (world, pick) => {
    const { tables } = world;
    const { batch: id } = pick.from(tables.entries);
    const place = placeName(batchOf(world, id));
    tables.batches = tables.batches.filter((batch) => batch.id !== id);
    tables.entries = tables.entries.filter(({ batch }) => batch !== id);
    tables.outbox = tables.outbox.filter(({ batch }) => batch !== id);
    tables.witnesses.delete(id);
    return [`missing batches ${place}`];
  },
  'the row of a batch deleted': (world, pick) => {
    const { tables } = world;
    const { batch: id } = pick.from(tables.entries);
    const place = placeName(batchOf(world, id));
    tables.batches = tables.batches.filter((batch) => batch.id !== id);
    tables.witnesses.delete(id);
    return [`missing batches ${place}`];
  },
  'entries and witness alike': ({ tables }, pick) => {
    const row = pick.from(tables.entries);
    row.actor = 'Admin@operator';
    const pieces = decodeWitness(sure(tables.witnesses.get(row.batch)));
    sure(pieces[row.leaf])[24] = 'A'.charCodeAt(0);
    tables.witnesses.set(row.batch, encodeWitness(pieces));
    return [`changed batches ${row.batch}`];
  },
  'a reading put under a batch of entries': ({ tables }, pick) => {
    const { batch } = pick.from(tables.entries);
    const reading = { ...sure(tables.readings[0]), batch, value: 77 };
    tables.readings.push(reading);
    return [`added telemetry ${(BigInt(batch) << 20n).toString()}`];
  },
};
