import { type Header, headerHashHex, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { AnchorLedger } from '../ledger/anchors.ts';
import type { LedgerClient } from '../ledger/client.ts';
import { findAnchors } from './find-anchors.ts';
import type { AnchorPlace, CommittedPlace, Outbox } from './outbox.ts';

export interface OutboxRepairParts {
  readonly logId: string;
  readonly outbox: Pick<Outbox, 'pending'>;
  readonly anchors: Pick<AnchorLedger, 'list'>;
  readonly client: Pick<LedgerClient, 'blocks' | 'height'>;
}

/** Headers from this number on are in no block before this one. */
export interface Floor {
  readonly sequence: number;
  readonly block: number;
}

/**
 * Finds the rows of the outbox that are behind the ledger: their transaction's outcome was not heard, or somebody
 * set them back. The ledger alone decides what is anchored. SQL's transactions and block numbers are not even
 * read, so false ones lead nowhere; a row that is not what the ledger has is left as it is, for verify to name.
 *
 * @param size of the log on the ledger
 */
export async function* anchoredButPending(
  parts: OutboxRepairParts,
  size: number,
  floor: Floor,
): AsyncGenerator<CommittedPlace> {
  for (let from = 0; from < size;) {
    const rows = await parts.outbox.pending({ from, to: size }, MAX_HEADERS);
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const same = await sameOnLedger(
      parts,
      rows.map(({ header }) => header),
    );
    yield* await placesOf(parts, same, floor);
    from = last.header.sequence + 1;
  }
}

/** Numbers of those headers that the ledger has just so. */
async function sameOnLedger(
  { anchors, logId }: OutboxRepairParts,
  headers: readonly Header[],
): Promise<number[]> {
  const hashes = new Map<number, string>();
  let known = 0;
  for (const { sequence } of headers) {
    if (sequence < known) continue;
    for (const header of await anchors.list(logId, sequence, MAX_HEADERS))
      hashes.set(header.sequence, headerHashHex(header));
    known = sequence + MAX_HEADERS;
  }
  return headers
    .filter((header) => hashes.get(header.sequence) === headerHashHex(header))
    .map(({ sequence }) => sequence);
}

async function placesOf(
  { client, logId }: OutboxRepairParts,
  sequences: readonly number[],
  floor: Floor,
): Promise<CommittedPlace[]> {
  const [first, last] = [sequences[0], sequences.at(-1)];
  if (first === undefined || last === undefined) return [];
  const block = first >= floor.sequence ? floor.block : 0;
  const places = await findAnchors(client, { logId, from: first, to: last, block });
  return runsOf(sequences, places);
}

const UNTOLD = { transaction: null, block: null } as const;

/** Joins neighbours of one transaction: a row between them that is not the ledger's must not be marked with them. */
function runsOf(sequences: readonly number[], places: readonly AnchorPlace[]): CommittedPlace[] {
  const runs: CommittedPlace[] = [];
  for (const sequence of sequences) {
    const place = places.find(({ from, to }) => from <= sequence && sequence <= to);
    const before = runs.at(-1);
    const here = { from: sequence, to: sequence };
    if (before?.to === sequence - 1 && before.transaction === (place?.transaction ?? null))
      runs[runs.length - 1] = { ...before, to: sequence };
    else runs.push({ ...(place ?? UNTOLD), ...here });
  }
  return runs;
}
