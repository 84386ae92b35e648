import { compareText } from '../../chaincode/protocol/bytes.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { rangesRoot, type SequenceRange } from '../../chaincode/protocol/ranges.ts';
import { type ComparedColumn, differingColumns } from './describe.ts';
import type { Difference } from './difference.ts';
import type { Reference, Word } from './reference.ts';
import type { StoredRange } from './stored.ts';

/** The root over ranges in their canonical order, whatever that of the rows. Undefined when no ranges are like that. */
export function rootOfStoredRanges(ranges: readonly StoredRange[]): string | undefined {
  const sorted = [...ranges].sort(
    (left, right) =>
      compareText(left.device, right.device) || left.epoch - right.epoch || left.first - right.first,
  );
  try {
    return toHex(rangesRoot(sorted));
  } catch {
    return undefined;
  }
}

/** Compares rows of `batch_ranges` with the header alone, for want of messages. */
export function compareRangesRoot(
  batch: number,
  ranges: readonly StoredRange[],
  { header, word }: Reference,
): Difference[] {
  if (rootOfStoredRanges(ranges) === header.ranges) return [];
  const what = `the batch's ${ranges.length} ranges do not give the root that was ${word}, ${header.ranges}`;
  return [{ kind: 'changed', table: 'batch_ranges', key: String(batch), what }];
}

/** Pairs that are tried to find what a range was; a forger who changes thousands of them just sees them unpaired. */
const MOST_PAIRS = 1_000_000;

type Columns = Pick<StoredRange, 'device' | 'epoch' | 'first' | 'last'>;

/** Compares a batch's rows of `batch_ranges` with the ranges that its messages have. */
export function compareRanges(
  batch: number,
  { expected, stored }: { expected: readonly SequenceRange[]; stored: readonly StoredRange[] },
  word: Word,
): Difference[] {
  const known = new Set(expected.map(rangeText));
  const present = new Set(stored.map(rangeText));
  const strangers = stored.filter((range) => !known.has(rangeText(range)));
  const lost = new Set(expected.filter((range) => !present.has(rangeText(range))));
  const paired = strangers.length * lost.size <= MOST_PAIRS;
  const differences = strangers.map((range): Difference => {
    const original = paired ? mostAlike(range, lost) : undefined;
    if (original !== undefined) lost.delete(original);
    return original === undefined ? added(batch, range, word) : changed(batch, range, original, word);
  });
  return [...differences, ...[...lost].map((range) => missing(batch, range, word))];
}

function rangeText({ device, epoch, first, last }: Columns): string {
  return `${device} epoch ${epoch} ${first} to ${last}`;
}

function rangeKey(batch: number, { device, epoch, first }: Columns): string {
  return `${batch}/${device}/${epoch}/${first}`;
}

function likeness(left: Columns, right: Columns): number {
  const columns = ['device', 'epoch', 'first', 'last'] as const;
  return columns.filter((column) => left[column] === right[column]).length;
}

/** The lost range that a stranger was made from: at least half of its columns are still the same. */
function mostAlike(range: StoredRange, lost: ReadonlySet<SequenceRange>): SequenceRange | undefined {
  let best: { range: SequenceRange; likeness: number } | undefined;
  for (const candidate of lost) {
    const score = likeness(range, candidate);
    if (score >= 2 && score > (best?.likeness ?? 0)) best = { range: candidate, likeness: score };
  }
  return best?.range;
}

function changed(batch: number, is: StoredRange, was: SequenceRange, word: Word): Difference {
  const columns: ComparedColumn[] = [
    ['device_id', is.device, was.device],
    ['epoch', is.epoch, was.epoch],
    ['first_seq', is.first, was.first],
    ['last_seq', is.last, was.last],
  ];
  const what = differingColumns(columns, word).join('; ');
  return { kind: 'changed', table: 'batch_ranges', key: rangeKey(batch, is), what };
}

function added(batch: number, range: StoredRange, word: Word): Difference {
  const what = `${rangeText(range)}: the batch's ${word} messages do not have this range`;
  return { kind: 'added', table: 'batch_ranges', key: rangeKey(batch, range), what };
}

function missing(batch: number, range: SequenceRange, word: Word): Difference {
  const what = `${rangeText(range)}: ${word}, and no row holds it`;
  return { kind: 'missing', table: 'batch_ranges', key: rangeKey(batch, range), what };
}
