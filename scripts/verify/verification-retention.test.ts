import { Readable } from 'node:stream';

import { expect } from 'chai';

import { check, named, plainShapes, readingAt } from './testing/checking.ts';
import { batchOf, buildWorld } from './testing/world.ts';
import { typeRetention } from './type-retention.ts';

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

describe('verification when a type does not keep everything', () => {
  const NOW = Date.UTC(2026, 5, 15);
  const DAY_MS = 86_400_000;

  /** A world whose device has a type that keeps readings from the fifth on. */
  async function begin() {
    const world = buildWorld(plainShapes(3, 3, 3));
    const { device, ts } = readingAt(world, 4);
    const kept = await typeRetention(
      {
        types: () => Promise.resolve([{ name: 'press', retentionDays: 30 }, { name: 'generic' }]),
        devices: () =>
          Readable.from([
            { id: device, type: 'press' },
            { id: 'other', type: 'generic' },
          ]),
      },
      ts + 30 * DAY_MS,
    );
    return { world, kept, ts };
  }

  it('counts what is older as expired, by the instants that were anchored', async () => {
    const { world, kept, ts } = await begin();
    world.tables.readings = world.tables.readings.filter((reading) => reading.ts >= ts);
    const outcome = await check(world, { keptFrom: kept });
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome).to.include({ batches: 3, messages: 9, expired: 0, expiredByType: 4 });
  });

  it('names each that was deleted too early, with what it was', async () => {
    const { world, kept, ts } = await begin();
    world.tables.readings = world.tables.readings.filter((reading) => reading.ts > ts);
    const outcome = await check(world, { keptFrom: kept });
    expect(outcome).to.include({ total: 1, expiredByType: 4 });
    expect(outcome.differences[0]).to.include({ kind: 'missing', table: 'telemetry' });
  });

  it('believes in no retention where the witness copy is gone, too', async () => {
    const { world, kept } = await begin();
    const { tables } = world;
    tables.readings = tables.readings.filter(({ batch }) => batch !== 1);
    tables.witnesses.delete(1);
    batchOf(world, 1).latest = 0;
    expect(named(await check(world, { keptFrom: kept }))).to.deep.equal(['missing batches 1']);
  });

  it('keeps everything of a device whose type says nothing', async () => {
    const { kept } = await begin();
    expect([kept('other'), kept('unknown')]).to.deep.equal([-Infinity, -Infinity]);
    const none = await typeRetention(
      {
        types: () => Promise.resolve([{ name: 'generic' }]),
        devices: () => {
          throw new Error('nobody needs them');
        },
      },
      NOW,
    );
    expect(none('any')).to.equal(-Infinity);
  });
});
