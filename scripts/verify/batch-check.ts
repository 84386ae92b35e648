/**
 * Compares one batch as SQL holds it with the header that it has to fit. Pure: what is read goes in, what differs
 * comes out.
 *
 * SQL holds a batch's messages twice, as rows and as the witness copy. Whichever of them gives the header's root is
 * genuine, and shows which rows of the other were touched, and what they were.
 */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { rangesOf } from '../../chaincode/protocol/ranges.ts';
import { encodeWitness } from '../../chaincode/protocol/witness.ts';
import { checkClaims, checkColumns, instantColumns, witnessColumn } from './batch-columns.ts';
import { differingColumns } from './describe.ts';
import type { Difference } from './difference.ts';
import { compareRanges, compareRangesRoot } from './range-check.ts';
import { compareReadings, expectedReadings, type ReadingMismatches } from './reading-check.ts';
import { decodeMessages, type RecomputedRows, recomputeRows, recomputeWitness } from './recompute.ts';
import type { MessageHead, Reference } from './reference.ts';
import type { PlacedReading, StoredBatch, StoredContent } from './stored.ts';

/** The messages fit the header, though rows, witness or columns may have been touched. */
export interface Fits extends ReadingMismatches {
  kind: 'fits';
  heads: readonly MessageHead[];
  /** The readings that the messages are made of. */
  expected: readonly PlacedReading[];
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

/** What is known to be true of a batch's messages, and the columns of its row that are already known not to be. */
interface Established {
  heads: readonly MessageHead[];
  expected: readonly PlacedReading[];
  wrongColumns: string[];
}

export function checkBatch(content: BatchContent, reference: Reference): Fits | Emptied | Misfit {
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
  const established = { heads, expected: content.readings, wrongColumns: [] };
  const differences = compareRows(content, reference, established);
  return { kind: 'fits', ...established, differences, lost: [], found: [] };
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
  const established = {
    heads: messages,
    expected,
    wrongColumns: witnessed === undefined ? witnessColumn(witness, messages, word) : [],
  };
  const differences = compareRows(content, { header, word }, established);
  return { kind: 'fits', ...established, differences, ...compareReadings(expected, content.readings) };
}

/** The rows of `batches` and `batch_ranges`, and what the header says about its own messages. */
function compareRows(
  { batch, id, ranges }: BatchContent,
  reference: Reference,
  known: Established,
): Difference[] {
  const { word } = reference;
  const expected = rangesOf(known.heads);
  const wrong = [
    ...differingColumns([['readings', batch.readings, known.expected.length]], word),
    ...instantColumns(batch, known.heads, word),
    ...known.wrongColumns,
  ];
  return [
    ...checkColumns(batch, reference, wrong),
    ...compareRanges(id, { expected, stored: ranges }, word),
    ...checkClaims(batch, reference, { messages: known.heads.length, ranges: expected }),
  ];
}

/** Header and ranges are there even when the messages are not. */
function compareWithoutMessages({ batch, id, ranges }: BatchContent, reference: Reference): Difference[] {
  return [...checkColumns(batch, reference, []), ...compareRangesRoot(id, ranges, reference)];
}

/** The roots, in hex, that the rows and the witness copy give. */
export function rootsOf({ readings, witness }: StoredContent): string[] {
  const roots = [recomputeRows(readings).root, witness && recomputeWitness(witness).root];
  return roots.filter((root) => root !== undefined);
}
