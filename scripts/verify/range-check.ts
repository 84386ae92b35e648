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
  const lost = expected.filter((range) => !present.has(rangeText(range)));
  const originals = originalsOf(strangers, lost);
  const differences = strangers.map((range): Difference => {
    const original = originals.get(range);
    return original === undefined ? added(batch, range, word) : changed(batch, range, original, word);
  });
  const explained = new Set(originals.values());
  const gone = lost.filter((range) => !explained.has(range));
  return [...differences, ...gone.map((range) => missing(batch, range, word))];
}

/** One column of four was changed, or two: with more it is another range. */
const LIKENESSES = [3, 2];

/** What each changed row was. The most alike are paired first, so that no row takes the range that another was made from. */
function originalsOf(
  strangers: readonly StoredRange[],
  lost: readonly SequenceRange[],
): Map<StoredRange, SequenceRange> {
  const originals = new Map<StoredRange, SequenceRange>();
  if (strangers.length * lost.length > MOST_PAIRS) return originals;
  const taken = new Set<SequenceRange>();
  for (const columns of LIKENESSES) {
    for (const range of strangers) {
      if (originals.has(range)) continue;
      const original = lost.find(
        (candidate) => !taken.has(candidate) && likeness(range, candidate) === columns,
      );
      if (original === undefined) continue;
      originals.set(range, original);
      taken.add(original);
    }
  }
  return originals;
}

function rangeText({ device, epoch, first, last }: Columns): string {
  return `${device} epoch ${epoch} ${first} to ${last}`;
}

function rangeKey(batch: number, { device, epoch, first }: Columns): string {
  return `${batch}/${device}/${epoch}/${first}`;
}

/** How many columns are the same. */
function likeness(left: Columns, right: Columns): number {
  const columns = ['device', 'epoch', 'first', 'last'] as const;
  return columns.filter((column) => left[column] === right[column]).length;
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
