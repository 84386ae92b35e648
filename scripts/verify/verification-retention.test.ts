import { expect } from 'chai';

import { check, named, plainShapes, readingAt } from './testing/checking.ts';
import { batchOf, buildWorld } from './testing/world.ts';

describe('verification after retention', () => {
  it('counts what was dropped as expired, when the auditor says from when on readings are kept', async () => {
    const world = buildWorld(plainShapes(3, 3, 3));
    const { tables } = world;
    const retainedFrom = readingAt(world, 4).ts;
    tables.readings = tables.readings.filter(({ ts }) => ts >= retainedFrom);
    tables.witnesses.delete(1);
    const outcome = await check(world, { retainedFrom });
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome).to.include({ batches: 3, expired: 4, messages: 6 });
    expect(named(await check(world))).to.deep.equal(['missing batches 1', 'missing telemetry 2097152']);
  });

  it('still compares what is left of a batch', async () => {
    const world = buildWorld(plainShapes(3, 3));
    const { tables } = world;
    tables.witnesses.delete(1);
    tables.readings = tables.readings.filter(({ batch }) => batch !== 1);
    tables.ranges[0]!.last = 9;
    batchOf(world, 1).root = 'a'.repeat(64);
    expect(named(await check(world, { retainedFrom: Infinity }))).to.deep.equal([
      'changed batch_ranges 1',
      'changed batches 1',
    ]);
  });

  it('holds the size of a batch that lost its messages against the ledger', async () => {
    const world = buildWorld(plainShapes(3, 3));
    const { tables } = world;
    tables.witnesses.delete(1);
    tables.readings = tables.readings.filter(({ batch }) => batch !== 1);
    batchOf(world, 1).size = 2;
    const outcome = await check(world, { retainedFrom: Infinity });
    expect(named(outcome)).to.deep.equal(['changed batches 1']);
    expect(outcome.differences[0]?.what).to.include('size is 2, anchored was 3');
  });
});
