/**
 * Compares one batch as SQL holds it with the header that it has to fit. Pure: what is read goes in, what differs
 * comes out.
 *
 * SQL holds a batch's messages twice, as rows and as the witness copy. Whichever of them gives the header's root is
 * genuine, and shows which rows of the other were touched, and what they were.
 */
import { batchKind } from '../../chaincode/protocol/audit-entry.ts';
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { rangesOf, type SequenceRange } from '../../chaincode/protocol/ranges.ts';
import { encodeWitness } from '../../chaincode/protocol/witness.ts';
import { checkClaims, checkColumns, instantColumns, witnessColumn } from './batch-columns.ts';
import { differingColumns } from './describe.ts';
import type { Difference } from './difference.ts';
import { compareEntries, decodeEntries } from './entry-check.ts';
import { compareRanges, compareRangesRoot } from './range-check.ts';
import { compareReadings, expectedReadings, type ReadingMismatches } from './reading-check.ts';
import {
  decodeMessages,
  type RecomputedRows,
  recomputeEntries,
  recomputeRows,
  recomputeWitness,
} from './recompute.ts';
import type { MessageHead, Reference } from './reference.ts';
import type { PlacedReading, StoredBatch, StoredContent } from './stored.ts';

/** The messages fit the header, though rows, witness or columns may have been touched. */
export interface Fits extends ReadingMismatches {
  kind: 'fits';
  heads: readonly MessageHead[];
  /** The readings that the messages are made of. */
  expected: readonly PlacedReading[];
  /** How many entries of the audit trail the batch has instead. */
  entries: number;
  differences: Difference[];
}

/** There are no messages to compare, neither as rows nor as witness: as retention leaves a batch. */
export interface Emptied {
  kind: 'emptied';
  differences: Difference[];
}

/** Neither the rows nor the witness give the header's root. `roots` are those they give. */
export interface Misfit {
  kind: 'misfit';
  roots: string[];
}

export type BatchContent = StoredContent & { batch: StoredBatch };

/** What is known to be true of a batch's contents, and the columns of its row that are already known not to be. */
interface Established {
  /** One for each leaf. */
  instants: readonly Pick<MessageHead, 'ts'>[];
  ranges: readonly SequenceRange[];
  readings: number;
  wrongColumns: string[];
}

export function checkBatch(content: BatchContent, reference: Reference): Fits | Emptied | Misfit {
  return batchKind(reference.header) === 'audit'
    ? checkEntries(content, reference)
    : checkMessages(content, reference);
}

function checkMessages(content: BatchContent, reference: Reference): Fits | Emptied | Misfit {
  const { witness } = content;
  if (witness === undefined && content.readings.length === 0)
    return { kind: 'emptied', differences: compareWithoutMessages(content, reference) };
  const rows = recomputeRows(content.readings);
  const untouched =
    rows.inPlace &&
    rows.root === reference.header.root &&
    witness !== undefined &&
    equalBytes(encodeWitness(rows.pieces), witness);
  if (!untouched) return checkTouched(content, reference, rows);
  const heads = content.readings.filter(({ slot }) => slot === 0);
  const known = { heads, expected: content.readings, entries: 0 };
  const differences = compareRows(content, reference, { ...establishedBy(known), wrongColumns: [] });
  return { kind: 'fits', ...known, differences, lost: [], found: [] };
}

function checkTouched(
  content: BatchContent,
  { header, word }: Reference,
  rows: RecomputedRows,
): Fits | Misfit {
  const witness = content.witness && recomputeWitness(content.witness);
  const witnessed = witness?.root === header.root ? decodeMessages(witness.pieces) : undefined;
  const messages = witnessed ?? (rows.root === header.root ? decodeMessages(rows.pieces) : undefined);
  if (messages === undefined) return { kind: 'misfit', roots: rootsOf(content) };
  const expected = expectedReadings(content.id, messages);
  const wrongColumns =
    witnessed === undefined ? witnessColumn(witness, rows.pieces, { word, table: 'telemetry' }) : [];
  const known = { heads: messages, expected, entries: 0 };
  const differences = compareRows(content, { header, word }, { ...establishedBy(known), wrongColumns });
  return { kind: 'fits', ...known, differences, ...compareReadings(expected, content.readings) };
}

function establishedBy({
  heads,
  expected,
}: Pick<Fits, 'heads' | 'expected'>): Pick<Established, 'instants' | 'ranges' | 'readings'> {
  return { instants: heads, ranges: rangesOf(heads), readings: expected.length };
}

function checkEntries(content: BatchContent, reference: Reference): Fits | Emptied | Misfit {
  const { header, word } = reference;
  if (content.witness === undefined && content.entries.length === 0)
    return { kind: 'emptied', differences: compareWithoutMessages(content, reference) };
  const rows = recomputeEntries(content.entries);
  const witness = content.witness && recomputeWitness(content.witness);
  const genuine = [witness, rows].find((found) => found?.root === header.root);
  const entries = genuine && decodeEntries(genuine.pieces);
  if (entries === undefined) return { kind: 'misfit', roots: rootsOf(content) };
  const { pieces } = genuine ?? rows;
  const wrongColumns =
    genuine === witness ? [] : witnessColumn(witness, pieces, { word, table: 'audit_logs' });
  const instants = entries.map(({ at }) => ({ ts: at }));
  const differences = [
    ...compareRows(content, reference, { instants, ranges: [], readings: 0, wrongColumns }),
    ...compareEntries(content.id, { pieces, entries }, { rows: content.entries, word }),
  ];
  return { kind: 'fits', heads: [], expected: [], entries: entries.length, differences, lost: [], found: [] };
}

/** The rows of `batches` and `batch_ranges`, and what the header says about its own contents. */
function compareRows(
  { batch, id, ranges }: BatchContent,
  reference: Reference,
  known: Established,
): Difference[] {
  const { word } = reference;
  const wrong = [
    ...differingColumns([['readings', batch.readings, known.readings]], word),
    ...instantColumns(batch, known.instants, word),
    ...known.wrongColumns,
  ];
  return [
    ...checkColumns(batch, reference, wrong),
    ...compareRanges(id, { expected: known.ranges, stored: ranges }, word),
    ...checkClaims(batch, reference, { messages: known.instants.length, ranges: known.ranges }),
  ];
}

/** Header and ranges are there even when the messages are not. */
function compareWithoutMessages({ batch, id, ranges }: BatchContent, reference: Reference): Difference[] {
  return [...checkColumns(batch, reference, []), ...compareRangesRoot(id, ranges, reference)];
}

/** The roots, in hex, that the rows and the witness copy give. */
export function rootsOf({ readings, entries, witness }: StoredContent): string[] {
  const roots = [
    recomputeRows(readings).root,
    recomputeEntries(entries).root,
    witness && recomputeWitness(witness).root,
  ];
  return roots.filter((root) => root !== undefined);
}
