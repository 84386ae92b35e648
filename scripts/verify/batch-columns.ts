/** The columns of a row of `batches`, and what its header claims. */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { headerHashHex } from '../../chaincode/protocol/header.ts';
import { rangesRoot, type SequenceRange } from '../../chaincode/protocol/ranges.ts';
import { type ComparedColumn, differingColumns, instant } from './describe.ts';
import type { CheckedTable, Difference } from './difference.ts';
import type { Recomputed } from './recompute.ts';
import type { MessageHead, Reference, Word } from './reference.ts';
import { placeName, type StoredBatch } from './stored.ts';

/** Compares a row with its header; `wrong` says what is known of its other columns. All becomes one difference. */
export function checkColumns(batch: StoredBatch, { header, word }: Reference, wrong: string[]): Difference[] {
  const columns: ComparedColumn[] = [
    ['log_id', batch.logId, header.logId],
    ['sequence', batch.sequence, header.sequence],
    ['size', batch.size, header.size],
    ['root', batch.root, header.root],
    ['previous', batch.previous, header.previous],
    ['ranges_root', batch.ranges, header.ranges],
    ['header_hash', batch.hash, headerHashHex(header)],
  ];
  const all = [...differingColumns(columns, word), ...wrong];
  if (all.length === 0) return [];
  const kind = placeName(batch) === placeName(header) ? 'changed' : 'reordered';
  return [{ kind, table: 'batches', key: String(batch.id), what: `${placeName(header)}: ${all.join('; ')}` }];
}

/** `earliest` and `latest` are in no header, but whoever looks for a time range finds batches by them. */
export function instantColumns(
  batch: StoredBatch,
  heads: readonly Pick<MessageHead, 'ts'>[],
  word: Word,
): string[] {
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { ts } of heads) [earliest, latest] = [Math.min(earliest, ts), Math.max(latest, ts)];
  const columns: ComparedColumn[] = [
    ['earliest', instant(batch.earliest), instant(earliest)],
    ['latest', instant(batch.latest), instant(latest)],
  ];
  return differingColumns(columns, word);
}

const LEAVES_SHOWN = 5;

/** Says what is wrong with a witness copy, when it is the rows that give the root. */
export function witnessColumn(
  witness: Recomputed | undefined,
  genuine: readonly Uint8Array[],
  { word, table }: { word: Word; table: CheckedTable },
): string[] {
  const column = 'messages (the witness copy)';
  if (witness === undefined) return [`${column} is null`];
  if (witness.root === undefined) return [`${column} is cut or garbled`];
  if (witness.pieces.length !== genuine.length)
    return [`${column} has ${witness.pieces.length}, ${word} were ${genuine.length}`];
  const leaves = genuine.flatMap((bytes, leaf) => {
    const piece = witness.pieces[leaf];
    return piece !== undefined && equalBytes(piece, bytes) ? [] : [leaf];
  });
  const named = leaves.slice(0, LEAVES_SHOWN).join(', ') + (leaves.length > LEAVES_SHOWN ? ', …' : '');
  return [`${column} is not what was ${word}, at leaf ${named}; the rows of ${table} are`];
}

/** The contract cannot see the messages: that a header's size and ranges are true is for us to find out. */
export function checkClaims(
  batch: StoredBatch,
  { header, word }: Reference,
  { messages, ranges }: { messages: number; ranges: readonly SequenceRange[] },
): Difference[] {
  const claims: string[] = [];
  if (messages !== header.size) claims.push(`size ${header.size}, its messages are ${messages}`);
  if (toHex(rangesRoot(ranges)) !== header.ranges) claims.push('ranges that are not those of its messages');
  if (claims.length === 0) return [];
  const what = `the header says ${claims.join('; and ')}`;
  // Before it is anchored, the header is but some columns of the row.
  if (word === 'sealed') return [{ kind: 'changed', table: 'batches', key: String(batch.id), what }];
  return [{ kind: 'inconsistent', table: 'ledger', key: placeName(header), what }];
}
