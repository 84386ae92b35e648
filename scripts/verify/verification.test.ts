import { isDeepStrictEqual } from 'node:util';

import { expect } from 'chai';
import fc from 'fast-check';

import { telemetryId } from './stored.ts';
import { check, named, plainShapes, readingAt } from './testing/checking.ts';
import { Picker, type Tampering } from './testing/picker.ts';
import { tamperings } from './testing/tamperings.ts';
import { anyShapes, batchOf, buildWorld, type World } from './testing/world.ts';

const numbers = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });

/** One forgery of many: the ones before may have left nothing to forge. */
function forge(world: World, tamper: Tampering, picks: number[]): void {
  try {
    tamper(world, new Picker(picks));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

describe('verification', () => {
  it('finds nothing where nothing was touched, and counts what it verified', () =>
    fc.assert(
      fc.asyncProperty(anyShapes, async (shapes) => {
        const world = buildWorld(shapes);
        const outcome = await check(world);
        expect(named(outcome)).to.deep.equal([]);
        const { batches, readings } = world.tables;
        expect(outcome).to.include({
          total: 0,
          batches: batches.length,
          readings: readings.length,
          pending: 0,
        });
        expect(outcome.messages).to.equal(batches.reduce((sum, { size }) => sum + size, 0));
      }),
    ));

  describe('names the row that was touched, and no other:', () => {
    for (const [name, tamper] of Object.entries(tamperings)) {
      it(name, () =>
        fc.assert(
          fc.asyncProperty(anyShapes, numbers, async (shapes, picks) => {
            const world = buildWorld(shapes);
            const expected = tamper(world, new Picker(picks));
            fc.pre(expected !== undefined);
            expect(named(await check(world))).to.deep.equal(expected.sort());
          }),
          { numRuns: 25 },
        ),
      );
    }
  });

  it('is never content with a heap of forgeries, nor thrown by one', () => {
    const heap = fc.array(fc.tuple(fc.constantFrom(...Object.values(tamperings)), numbers), {
      minLength: 1,
      maxLength: 6,
    });
    return fc.assert(
      fc.asyncProperty(anyShapes, heap, async (shapes, forgeries) => {
        const world = buildWorld(shapes);
        for (const [tamper, picks] of forgeries) forge(world, tamper, picks);
        fc.pre(!isDeepStrictEqual(world, buildWorld(shapes)));
        expect((await check(world)).total).to.be.greaterThan(0);
      }),
    );
  });

  describe('says', () => {
    it('what a value was', async () => {
      const world = buildWorld(plainShapes(3));
      readingAt(world, 1).value = 73.97;
      const [difference] = (await check(world)).differences;
      expect(difference?.what).to.equal(
        'press-0 seq 2 temperature (ingest-1@operator/0 leaf 1): value is 73.97, anchored was 2.25',
      );
    });

    it('what the size of a batch was', async () => {
      const world = buildWorld(plainShapes(3));
      batchOf(world, 1).size = 2;
      const [difference] = (await check(world)).differences;
      expect(difference?.what).to.equal('ingest-1@operator/0: size is 2, anchored was 3');
    });

    it('where a row was anchored that stands elsewhere', async () => {
      const world = buildWorld(plainShapes(2, 2));
      const [first, last] = [readingAt(world, 0), readingAt(world, 3)];
      [first.seq, last.seq] = [last.seq, first.seq];
      [first.value, last.value] = [last.value, first.value];
      [first.ts, last.ts] = [last.ts, first.ts];
      const what = (await check(world)).differences.map((difference) => difference.what);
      expect(what[0]).to.include('seq 4').and.include(`anchored was it at ingest-1@operator/1 leaf 1`);
      expect(what[1])
        .to.include('seq 1')
        .and.include(`(id ${telemetryId(first)})`);
    });

    it('which message of the witness is not the one that was anchored', async () => {
      const world = buildWorld(plainShapes(4));
      const witness = world.tables.witnesses.get(1)!;
      witness[witness.length - 1]! ^= 1;
      const [difference] = (await check(world)).differences;
      expect(difference?.what).to.include('at leaf 3').and.include('witness');
    });
  });
});
