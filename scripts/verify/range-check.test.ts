import { expect } from 'chai';
import fc from 'fast-check';

import type { SequenceRange } from '../../chaincode/protocol/ranges.ts';
import type { Difference } from './difference.ts';
import { compareRanges } from './range-check.ts';

const BATCH = 7;

function rangeOf(device: string, epoch: number, first: number, last: number): SequenceRange {
  return { device, epoch, first, last };
}

/** What SQL's rows are said to be when the messages have the expected ranges. */
function compare(expected: readonly SequenceRange[], rows: readonly SequenceRange[]): Difference[] {
  const stored = rows.map((range) => ({ batch: BATCH, ...range }));
  return compareRanges(BATCH, { expected, stored }, 'anchored');
}

function told(differences: readonly Difference[]): string[] {
  return differences.map(({ kind, key, what }) => `${kind} ${key}: ${what}`);
}

/** Columns as the table names them, and a value that no generated range has. */
const COLUMNS = {
  device: { name: 'device_id', other: (index: number) => `other-${index}` },
  epoch: { name: 'epoch', other: (index: number) => 1_000 + index },
  first: { name: 'first_seq', other: (index: number) => 1_000_000 + index },
  last: { name: 'last_seq', other: (index: number) => 2_000_000 + index },
} as const;
type Column = keyof typeof COLUMNS;

const columns = fc.constantFrom<Column>('device', 'epoch', 'first', 'last');
/** Ranges of few devices and epochs, so that many share both; begin and end tell them apart. */
const ranges = fc
  .array(
    fc.record({ device: fc.constantFrom('press-0', 'press-1'), epoch: fc.integer({ min: 1, max: 2 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((streams) =>
    streams.map(({ device, epoch }, index) => rangeOf(device, epoch, 10 * index + 1, 10 * index + 5)),
  );

function changedIn(range: SequenceRange, index: number, ...changes: readonly Column[]): SequenceRange {
  return { ...range, ...Object.fromEntries(changes.map((column) => [column, COLUMNS[column].other(index)])) };
}

function wording(is: SequenceRange, was: SequenceRange, ...changes: readonly Column[]): string {
  const what = changes.map(
    (column) => `${COLUMNS[column].name} is ${is[column]}, anchored was ${was[column]}`,
  );
  return `changed ${BATCH}/${is.device}/${is.epoch}/${is.first}: ${what.join('; ')}`;
}

describe('comparing ranges', () => {
  it('says of each row what it was, however many were changed in one column and in whatever order they come', () => {
    fc.assert(
      fc.property(
        ranges.chain((expected) =>
          fc.record({
            expected: fc.constant(expected),
            changes: fc.array(fc.option(columns), { minLength: expected.length, maxLength: expected.length }),
            order: fc.shuffledSubarray([...expected.keys()], { minLength: expected.length }),
          }),
        ),
        ({ expected, changes, order }) => {
          const pairs = order.map((index) => {
            const [was, column] = [expected[index]!, changes[index] ?? undefined];
            const is = column === undefined ? was : changedIn(was, index, column);
            return { is, text: column === undefined ? [] : [wording(is, was, column)] };
          });
          const rows = pairs.map(({ is }) => is);
          expect(told(compare(expected, rows))).to.deep.equal(pairs.flatMap(({ text }) => text));
        },
      ),
    );
  });

  it('takes a row for a changed one when two of its columns are as they were, whichever', () => {
    const was = rangeOf('press-0', 1, 1, 5);
    for (const changes of [
      ['device', 'epoch'],
      ['device', 'first'],
      ['device', 'last'],
      ['epoch', 'first'],
      ['epoch', 'last'],
      ['first', 'last'],
    ] as const) {
      const is = changedIn(was, 0, ...changes);
      expect(told(compare([was], [is]))).to.deep.equal([wording(is, was, ...changes)]);
    }
  });

  it('takes it for another one when only one is', () => {
    const was = rangeOf('press-0', 1, 1, 5);
    for (const same of Object.keys(COLUMNS) as Column[]) {
      const is = { ...changedIn(was, 0, 'device', 'epoch', 'first', 'last'), [same]: was[same] };
      expect(
        compare([was], [is]).map(({ kind }) => kind),
        same,
      ).to.deep.equal(['added', 'missing']);
    }
  });

  it('tells apart what two epochs of a device were', () => {
    const [old, young] = [rangeOf('press-0', 1, 1, 5), rangeOf('press-0', 2, 1, 5)];
    const [oldRow, youngRow] = [rangeOf('press-0', 1, 1, 6), rangeOf('press-0', 2, 1, 7)];
    for (const rows of [
      [oldRow, youngRow],
      [youngRow, oldRow],
    ])
      expect(told(compare([old, young], rows)).sort()).to.deep.equal([
        wording(oldRow, old, 'last'),
        wording(youngRow, young, 'last'),
      ]);
  });

  it('tells apart what two ranges of a device in one epoch were', () => {
    const [low, high] = [rangeOf('press-0', 1, 1, 5), rangeOf('press-0', 1, 7, 9)];
    const [lowRow, highRow] = [rangeOf('press-0', 1, 1, 6), rangeOf('press-0', 1, 8, 9)];
    for (const rows of [
      [lowRow, highRow],
      [highRow, lowRow],
    ])
      expect(told(compare([low, high], rows)).sort()).to.deep.equal([
        wording(lowRow, low, 'last'),
        wording(highRow, high, 'first'),
      ]);
  });

  it('gives a range to the row that is most like it, though another comes before', () => {
    const [low, high] = [rangeOf('press-0', 1, 1, 5), rangeOf('press-0', 1, 7, 9)];
    const [rewritten, lowRow] = [rangeOf('press-0', 1, 50, 60), rangeOf('press-0', 1, 1, 6)];
    expect(told(compare([low, high], [rewritten, lowRow]))).to.deep.equal([
      wording(rewritten, high, 'first', 'last'),
      wording(lowRow, low, 'last'),
    ]);
  });

  it('pairs no row with a range that another row still holds', () => {
    const [kept, gone] = [rangeOf('press-0', 1, 1, 5), rangeOf('press-1', 2, 7, 9)];
    expect(compare([kept, gone], [kept, rangeOf('press-0', 1, 20, 25)])).to.deep.equal([
      {
        kind: 'added',
        table: 'batch_ranges',
        key: '7/press-0/1/20',
        what: "press-0 epoch 1 20 to 25: the batch's anchored messages do not have this range",
      },
      {
        kind: 'missing',
        table: 'batch_ranges',
        key: '7/press-1/2/7',
        what: 'press-1 epoch 2 7 to 9: anchored, and no row holds it',
      },
    ]);
  });

  it('names one change, and one that is missing, when two ranges became one row', () => {
    const expected = [rangeOf('press-0', 1, 1, 5), rangeOf('press-0', 1, 7, 9)];
    const row = rangeOf('press-0', 1, 1, 9);
    const [first, second, ...more] = compare(expected, [row]);
    expect([first?.kind, second?.kind, more]).to.deep.equal(['changed', 'missing', []]);
  });

  it('does not pair thousands with thousands: they are added and missing', () => {
    const expected = Array.from({ length: 1_001 }, (_, index) =>
      rangeOf('press-0', 1, 10 * index, 10 * index + 1),
    );
    const rows = expected.map((range) => ({ ...range, epoch: 2 }));
    const kinds = new Set(compare(expected, rows).map(({ kind }) => kind));
    expect([...kinds]).to.deep.equal(['added', 'missing']);
  });
});
