import { expect } from 'chai';
import fc from 'fast-check';

import { readingScope, type Scope } from './scope.ts';
import { telemetryId } from './stored.ts';
import { check, dropBatch, named, oneMessage, plainShapes, readingAt } from './testing/checking.ts';
import { anyShapes, buildWorld, LOGS } from './testing/world.ts';

describe('verification of a part', () => {
  const everything = { from: -Infinity, to: Infinity };
  const deviceScope = (device: string, period = everything): Scope => ({ kind: 'device', device, period });

  it('counts the messages of a device, and tells what concerns it', () =>
    fc.assert(
      fc.asyncProperty(anyShapes, fc.nat(), async (shapes, pick) => {
        const world = buildWorld(shapes);
        const { readings } = world.tables;
        const touched = readings[pick % readings.length]!;
        const own = (device: string): number =>
          new Set(readings.filter((row) => row.device === device).map(({ seq }) => seq)).size;
        for (const device of ['press-0', 'press-1', 'press-2'])
          expect(await check(world, { scope: deviceScope(device) })).to.include({
            total: 0,
            messages: own(device),
          });
        touched.value = -1;
        for (const device of ['press-0', 'press-1', 'press-2']) {
          const expected = device === touched.device ? [`changed telemetry ${telemetryId(touched)}`] : [];
          expect(named(await check(world, { scope: deviceScope(device) }))).to.deep.equal(expected);
        }
      }),
    ));

  it('keeps to the period', async () => {
    const world = buildWorld(plainShapes(5, 5));
    const period = { from: readingAt(world, 2).ts, to: readingAt(world, 7).ts };
    readingAt(world, 1).value = 0;
    readingAt(world, 7).value = 0;
    expect(await check(world, { scope: deviceScope('press-0', period) })).to.include({
      total: 0,
      messages: 5,
    });
    readingAt(world, 6).value = 0;
    expect((await check(world, { scope: deviceScope('press-0', period) })).total).to.equal(1);
  });

  it('is not deceived by ranges that hide the device, nor by rows put elsewhere in its name', async () => {
    const world = buildWorld([
      { log: 0, gap: 0, messages: [oneMessage] },
      { log: 0, gap: 0, messages: [{ ...oneMessage, device: 1 }] },
    ]);
    const { tables } = world;
    tables.ranges = tables.ranges.filter(({ device }) => device !== 'press-0');
    tables.readings = tables.readings.filter(({ device }) => device !== 'press-0');
    expect(named(await check(world, { scope: deviceScope('press-0') }))).to.deep.equal([
      'missing batch_ranges 1/press-0/1/1',
      `missing telemetry ${1 << 20}`,
    ]);
    const other = readingAt(world, 0);
    other.device = 'press-0';
    expect(named(await check(world, { scope: deviceScope('press-0') }))).to.include(
      `changed telemetry ${telemetryId(other)}`,
    );
  });

  it('names a batch that is gone: it may have held messages of the device', async () => {
    const world = buildWorld(plainShapes(1, 1));
    dropBatch(world.tables, 1);
    expect(named(await check(world, { scope: deviceScope('press-0') }))).to.deep.equal([
      `missing batches ${LOGS[0]}/0`,
    ]);
  });

  it('proves one reading, whatever happened to its neighbours', async () => {
    const world = buildWorld(plainShapes(4, 4));
    const [reading, neighbour] = [readingAt(world, 1), readingAt(world, 2)];
    neighbour.value = 0;
    const scope = readingScope(telemetryId(reading));
    expect(await check(world, { scope })).to.include({ total: 0, messages: 1, readings: 1 });
    const touched = await check(world, { scope: readingScope(telemetryId(neighbour)) });
    expect(named(touched)).to.deep.equal([`changed telemetry ${telemetryId(neighbour)}`]);
  });

  it('names a reading that nothing accounts for, and one that is gone', async () => {
    const world = buildWorld(plainShapes(4));
    const stranger = { ...readingAt(world, 0), batch: 77 };
    world.tables.readings.push(stranger);
    const [gone] = world.tables.readings.splice(1, 1);
    const ask = async (id: string): Promise<string[]> =>
      named(await check(world, { scope: readingScope(id) }));
    expect(await ask(telemetryId(stranger))).to.deep.equal([`added telemetry ${telemetryId(stranger)}`]);
    expect(await ask(telemetryId(gone!))).to.deep.equal([`missing telemetry ${telemetryId(gone!)}`]);
    expect(await ask('123456789012')).to.deep.equal(['missing telemetry 123456789012']);
  });
});
