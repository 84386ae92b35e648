/** What a batch's messages are according to its rows, and according to its witness copy, with the roots they give. */
import { encodeAuditEntry, type RawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { leafHash, merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { decodeRawMessage, encodeRawMessage, type RawMessage } from '../../chaincode/protocol/message.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import type { PlacedReading, StoredEntry } from './stored.ts';

export interface Recomputed {
  /** Canonical bytes, message by message; fewer where rows or bytes are not messages, and then there is no root. */
  pieces: Uint8Array[];
  /** In hex. */
  root: string | undefined;
}

export interface RecomputedRows extends Recomputed {
  /** Whether the ids number messages and values without gap or repetition, from 0. */
  inPlace: boolean;
}

function rootOf(pieces: readonly Uint8Array[]): string {
  return toHex(merkleRoot(pieces.map(leafHash)));
}

/** @param readings the rows of one batch, ordered by id. */
export function recomputeRows(readings: readonly PlacedReading[]): RecomputedRows {
  const pieces: Uint8Array[] = [];
  let messages = 0;
  let inPlace = true;
  for (let from = 0; from < readings.length; messages += 1) {
    const to = endOfMessage(readings, from);
    inPlace &&= standsAt(readings, from, to, messages);
    const piece = encodeRows(readings.slice(from, to));
    if (piece !== undefined) pieces.push(piece);
    from = to;
  }
  return { pieces, inPlace, root: pieces.length === messages ? rootOf(pieces) : undefined };
}

function endOfMessage(readings: readonly PlacedReading[], from: number): number {
  let to = from + 1;
  while (to < readings.length && readings[to]?.leaf === readings[from]?.leaf) to += 1;
  return to;
}

function standsAt(readings: readonly PlacedReading[], from: number, to: number, message: number): boolean {
  for (let at = from; at < to; at += 1)
    if (readings[at]?.leaf !== message || readings[at]?.slot !== at - from) return false;
  return true;
}

/** The bytes of the message that rows state together; undefined when they contradict each other or no message has such facts. */
function encodeRows(rows: readonly PlacedReading[]): Uint8Array | undefined {
  const [first] = rows;
  if (first === undefined || !rows.every((row) => sameHead(row, first))) return undefined;
  try {
    return encodeRawMessage(messageOf(first, rows));
  } catch {
    // An instant before 1970, a number above 2^53: nothing that a device can have sent.
    return undefined;
  }
}

function sameHead(left: PlacedReading, right: PlacedReading): boolean {
  return (
    left.seq === right.seq &&
    left.ts === right.ts &&
    left.device === right.device &&
    left.tenant === right.tenant &&
    left.epoch === right.epoch
  );
}

function messageOf(
  { tenant, device, epoch, seq, ts }: PlacedReading,
  values: readonly PlacedReading[],
): RawMessage {
  return { tenant, device, epoch, seq, ts, values };
}

/** @param entries the rows of one batch, ordered by id */
export function recomputeEntries(entries: readonly StoredEntry[]): Recomputed {
  const pieces = entries.map(encodeEntry).filter((piece) => piece !== undefined);
  const whole = pieces.length === entries.length && pieces.length > 0;
  return { pieces, root: whole ? rootOf(pieces) : undefined };
}

/** The bytes of the entry that a row states; undefined when no entry has such facts. */
export function encodeEntry(entry: RawAuditEntry): Uint8Array | undefined {
  try {
    return encodeAuditEntry(entry);
  } catch {
    return undefined;
  }
}

export function recomputeWitness(copy: Uint8Array): Recomputed {
  try {
    const pieces = decodeWitness(copy);
    return { pieces, root: rootOf(pieces) };
  } catch {
    return { pieces: [], root: undefined };
  }
}

/** The messages, or undefined when some piece is none. */
export function decodeMessages(pieces: readonly Uint8Array[]): RawMessage[] | undefined {
  try {
    return pieces.map(decodeRawMessage);
  } catch {
    return undefined;
  }
}
