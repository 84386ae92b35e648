import { type Header, headerHashHex, NO_PREVIOUS } from '../../../chaincode/protocol/header.ts';
import { decodeWitness, encodeWitness } from '../../../chaincode/protocol/witness.ts';
import { placeName, type StoredBatch } from '../stored.ts';
import { type Picker, sure, type Tampering } from './picker.ts';
import { LOGS, type World } from './world.ts';

const OTHER_HASH = 'f'.repeat(64);

function changeBatch(change: (batch: StoredBatch) => Partial<StoredBatch>): Tampering {
  return ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    Object.assign(batch, change(batch));
    return [`changed batches ${batch.id}`];
  };
}

function changeWitness(change: (messages: Uint8Array[], pick: Picker) => Uint8Array | undefined): Tampering {
  return ({ tables }, pick) => {
    const [id, witness] = pick.from([...tables.witnesses]);
    const changed = change(decodeWitness(witness), pick);
    if (changed === undefined) return undefined;
    tables.witnesses.set(id, changed);
    return [`changed batches ${id}`];
  };
}

function copyOf(
  tables: World['tables'],
  from: StoredBatch,
  id: number,
  place: { logId: string; sequence: number },
): void {
  tables.batches.push({ ...from, id, logId: place.logId, sequence: place.sequence });
  tables.witnesses.set(id, sure(tables.witnesses.get(from.id)));
  tables.ranges.push(
    ...tables.ranges.filter(({ batch }) => batch === from.id).map((range) => ({ ...range, batch: id })),
  );
  tables.readings.push(
    ...tables.readings.filter(({ batch }) => batch === from.id).map((reading) => ({ ...reading, batch: id })),
  );
}

function dropContents(tables: World['tables'], id: number): void {
  tables.ranges = tables.ranges.filter(({ batch }) => batch !== id);
  tables.readings = tables.readings.filter(({ batch }) => batch !== id);
  tables.witnesses.delete(id);
}

function headerOf({ logId, sequence, size, root, previous, ranges }: StoredBatch): Header {
  return { logId, sequence, size, root, previous, ranges };
}

/** What a forger does to rows of `batches`, and to batches as a whole. */
export const batchTamperings: Record<string, Tampering> = {
  'a byte of the witness': changeWitness((messages, pick) => {
    const bytes = encodeWitness(messages);
    const at = pick.index(bytes.length);
    bytes[at] = sure(bytes[at]) ^ 1;
    return bytes;
  }),
  'the witness cut': changeWitness((messages) => encodeWitness(messages).slice(0, -1)),
  'the witness emptied': changeWitness(() => new Uint8Array(0)),
  'a message of the witness dropped': changeWitness((messages) => encodeWitness(messages.slice(1))),
  'two messages of the witness swapped': changeWitness(([first, second, ...rest]) =>
    first === undefined || second === undefined ? undefined : encodeWitness([second, first, ...rest]),
  ),
  'the witness cleared': ({ tables }, pick) => {
    const { id } = pick.from(tables.batches);
    tables.witnesses.delete(id);
    return [`changed batches ${id}`];
  },
  'rows and witness alike': ({ tables }, pick) => {
    const { id } = pick.from(tables.batches);
    const messages = decodeWitness(sure(tables.witnesses.get(id)));
    for (const reading of tables.readings)
      if (reading.batch === id && reading.leaf === 0) reading.tenant = 'evil';
    sure(messages[0])[18] = 'e'.charCodeAt(0);
    tables.witnesses.set(id, encodeWitness(messages));
    return [`changed batches ${id}`];
  },

  'a size': changeBatch(({ size }) => ({ size: size + 1 })),
  'a size of nothing': changeBatch(() => ({ size: 0 })),
  'a root': changeBatch(() => ({ root: OTHER_HASH })),
  'a previous': changeBatch(() => ({ previous: OTHER_HASH })),
  'a ranges root': changeBatch(() => ({ ranges: OTHER_HASH })),
  'a header hash': changeBatch(() => ({ hash: OTHER_HASH })),
  'an earliest': changeBatch(({ earliest }) => ({ earliest: earliest - 1 })),
  'a latest': changeBatch(({ latest }) => ({ latest: latest + 1 })),
  'a number of readings': changeBatch(({ readings }) => ({ readings: readings + 1 })),
  'a running total': changeBatch(({ totalMessages }) => ({ totalMessages: totalMessages + 1 })),
  'a sequence of a batch': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    batch.sequence = 1_000_000;
    return [`reordered batches ${batch.id}`];
  },
  'a log of a batch': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    batch.logId = 'ingest-9@operator';
    return [`reordered batches ${batch.id}`];
  },
  'two batches swapped': ({ tables }, pick) => {
    const [left, right] = pick.two(tables.batches);
    if (left === right) return undefined;
    const [here, there] = [left, right].map(({ logId, sequence }) => ({ logId, sequence }));
    Object.assign(left, there);
    Object.assign(right, here);
    return [left, right].map(({ id }) => `reordered batches ${id}`);
  },
  'a batch deleted everywhere': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    dropContents(tables, batch.id);
    tables.batches = tables.batches.filter((other) => other !== batch);
    tables.outbox = tables.outbox.filter((entry) => entry.batch !== batch.id);
    return [`missing batches ${placeName(batch)}`];
  },
  'a batch deleted, but its outbox entry': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    dropContents(tables, batch.id);
    tables.batches = tables.batches.filter((other) => other !== batch);
    return [`missing batches ${placeName(batch)}`];
  },
  'the row of a batch deleted': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    tables.batches = tables.batches.filter((other) => other !== batch);
    tables.witnesses.delete(batch.id);
    return [`missing batches ${placeName(batch)}`];
  },
  'all messages of a batch deleted': ({ tables }, pick) => {
    const batch = pick.from(tables.batches);
    tables.witnesses.delete(batch.id);
    tables.readings = tables.readings.filter((reading) => reading.batch !== batch.id);
    return [`missing batches ${batch.id}`];
  },
  'a batch invented': ({ tables }, pick) => {
    copyOf(tables, pick.from(tables.batches), 5000, { logId: LOGS[0], sequence: 1_000_000 });
    return ['added batches 5000'];
  },
  'a batch copied': ({ tables }, pick) => {
    const original = pick.from(tables.batches);
    copyOf(tables, original, 5000, original);
    return ['added batches 5000'];
  },
  'a batch invented that claims to be committed': ({ tables, ledger }, pick) => {
    const logId = LOGS[0];
    const sequence = ledger.get(logId)?.length ?? 0;
    const original = pick.from(tables.batches);
    copyOf(tables, original, 5000, { logId, sequence });
    const copy = sure(tables.batches.at(-1));
    const last = ledger.get(logId)?.at(-1);
    copy.previous = last === undefined ? NO_PREVIOUS : headerHashHex(last);
    copy.hash = headerHashHex({ ...headerOf(copy), logId, sequence });
    tables.outbox.push({
      id: 9000,
      batch: 5000,
      logId,
      sequence,
      status: 'committed',
      transaction: OTHER_HASH,
      block: 1,
    });
    return ['unanchored blockchain_tx 9000'];
  },
};
