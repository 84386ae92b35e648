import { expect } from 'chai';
import fc from 'fast-check';

import type { Misplaced } from './reading-check.ts';
import { explainMisplaced } from './reading-moves.ts';
import { type PlacedReading, telemetryId } from './stored.ts';

const NOON = Date.UTC(2013, 11, 2, 12);

const ANCHORED: PlacedReading = {
  batch: 3,
  leaf: 4,
  slot: 0,
  tenant: 'acme',
  device: 'press-07',
  epoch: 1,
  seq: 17,
  sensor: 'temperature',
  value: 73.9,
  ts: NOON,
};
const ID = telemetryId(ANCHORED);

function misplaced(changes: Partial<PlacedReading> = {}): Misplaced {
  return { reading: { ...ANCHORED, ...changes }, origin: 'ingest-1@operator/2', word: 'anchored' };
}

function told(lost: readonly Misplaced[], found: readonly Misplaced[]): string[] {
  return explainMisplaced({ lost, found })
    .map(({ kind, key, what }) => `${kind} ${key}: ${what}`)
    .sort();
}

function changedTo(value: number): string {
  return `changed ${ID}: press-07 seq 17 temperature (ingest-1@operator/2 leaf 4): value is ${value}, anchored was 73.9`;
}

function added(value: number, ts: number): string {
  return `added ${ID}: press-07 seq 17 temperature ${value} at ${new Date(ts).toISOString()} (ingest-1@operator/2 leaf 4): nothing anchored accounts for this row`;
}

describe('explaining rows under one id', () => {
  it('names the anchored row as changed and two strangers as added, in whatever order they are read', () => {
    const changed = misplaced({ value: 1 });
    const strangers = [misplaced({ ts: NOON - 5 }), misplaced({ ts: NOON + 5, value: 2 })];
    const anyOrder = fc.shuffledSubarray([changed, ...strangers], { minLength: 3 });
    fc.assert(
      fc.property(anyOrder, (found) => {
        expect(told([misplaced()], found)).to.deep.equal(
          [added(73.9, NOON - 5), added(2, NOON + 5), changedTo(1)].sort(),
        );
      }),
    );
  });

  it('knows the anchored row by its instant, which belongs to the key, though every other column was changed', () => {
    const changes = { tenant: 'evil', device: 'press-9', epoch: 2, seq: 18, sensor: 'noise', value: 1 };
    const [own, stranger] = [misplaced(changes), misplaced({ ts: NOON - 5 })];
    const [first, second, ...more] = told([misplaced()], [stranger, own]);
    expect(first).to.equal(added(73.9, NOON - 5));
    expect(second).to.match(
      new RegExp(`^changed ${ID}: press-07 seq 17 temperature .* device_id is press-9`),
    );
    expect(more).to.deep.equal([]);
  });

  it('takes the most alike for the anchored row when the instant was changed, too', () => {
    const [own, other] = [
      misplaced({ ts: NOON + 9, value: 1 }),
      misplaced({ ts: NOON - 5, seq: 9, value: 1 }),
    ];
    for (const found of [
      [own, other],
      [other, own],
    ]) {
      const [first, second, ...more] = told([misplaced()], found);
      expect(first).to.match(new RegExp(`^added ${ID}: press-07 seq 9 `));
      expect(second).to.match(
        new RegExp(`^changed ${ID}: .*value is 1, .*timestamp is 2013-12-02T12:00:00.009Z`),
      );
      expect(more).to.deep.equal([]);
    }
  });

  it('takes all strangers for added when the anchored row is untouched', () => {
    const strangers = [misplaced({ ts: NOON - 5 }), misplaced({ ts: NOON + 5 })];
    expect(told([], strangers)).to.deep.equal([added(73.9, NOON - 5), added(73.9, NOON + 5)]);
  });

  it('tells what was moved there from what was changed and added there', () => {
    const elsewhere = misplaced({ leaf: 9, seq: 22, value: 5, ts: NOON + 60_000 });
    const moved = misplaced({ seq: 22, value: 5, ts: NOON + 60_000 });
    const stranger = misplaced({ ts: NOON + 5, value: 2 });
    const explained = told([misplaced(), elsewhere], [moved, stranger, misplaced({ value: 1 })]);
    expect(explained.map((text) => text.split(':')[0])).to.deep.equal([
      `added ${ID}`,
      `changed ${ID}`,
      `reordered ${ID}`,
    ]);
    expect(explained.slice(0, 2)).to.deep.equal([added(2, NOON + 5), changedTo(1)]);
  });
});
