import { isDeepStrictEqual } from 'node:util';

import { expect } from 'chai';
import fc from 'fast-check';

import { type Checkpoint, type Header, headerHashHex } from '../../chaincode/protocol/header.ts';
import { rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { readingScope, type Scope } from './scope.ts';
import { type PlacedReading, telemetryId } from './stored.ts';
import { checkpointOf, memoryLedger, memoryStore } from './testing/memory.ts';
import { Picker, type Tampering } from './testing/picker.ts';
import { tamperings } from './testing/tamperings.ts';
import { anyShapes, batchOf, buildWorld, LOGS, type Shape, type World } from './testing/world.ts';
import type { Outcome, VerificationInput } from './verification-input.ts';
import { verify } from './verification.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';

function check(world: World, options: Partial<VerificationInput> = {}): Promise<Outcome> {
  return verify({
    store: memoryStore(world.tables),
    ledger: memoryLedger(world.ledger),
    scope: { kind: 'all' },
    kept: [],
    retainedFrom: -Infinity,
    patience: { milliseconds: 0, pause: () => Promise.resolve() },
    ...options,
  });
}

/** `kind table key`, sorted: what differences say besides their wording. */
function named(outcome: Outcome): string[] {
  return outcome.differences.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort();
}

const numbers = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });
/** One forgery of many: the ones before may have left nothing to forge. */
function forge(world: World, tamper: Tampering, picks: number[]): void {
  try {
    tamper(world, new Picker(picks));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

const oneMessage = { device: 0, sensors: ['temperature' as const], skip: false };

/** Batches of one log, with so many messages of one device. */
function plainShapes(...sizes: number[]): Shape[] {
  return sizes.map((size) => ({ log: 0, gap: 0, messages: Array.from({ length: size }, () => oneMessage) }));
}

function headersOf(world: World, logId: string = LOGS[0]): Header[] {
  return world.ledger.get(logId) ?? [];
}

function keptOf(world: World, size: number): Checkpoint {
  return checkpointOf(LOGS[0], headersOf(world).slice(0, size));
}

function readingAt(world: World, index: number): PlacedReading {
  return world.tables.readings[index]!;
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

describe('verification of what is still on its way', () => {
  const waiting = (): World => buildWorld(plainShapes(3, 2, 2, 1), 2);

  it('counts batches that wait to be anchored, and takes them for no difference', async () => {
    const outcome = await check(waiting());
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome).to.include({ batches: 2, messages: 5, pending: 2 });
  });

  it('holds them against their own headers', async () => {
    const world = waiting();
    const row = world.tables.readings.find(({ batch }) => batch === 3)!;
    row.value = 0;
    const [difference] = (await check(world)).differences;
    expect(difference).to.include({ kind: 'changed', table: 'telemetry', key: telemetryId(row) });
    expect(difference?.what).to.include('sealed was');
  });

  it('names one that is gone while later ones wait', async () => {
    const world = waiting();
    const { tables } = world;
    tables.batches = tables.batches.filter(({ id }) => id !== 3);
    for (const list of ['readings', 'ranges', 'outbox'] as const)
      Object.assign(tables, { [list]: tables[list].filter(({ batch }) => batch !== 3) });
    expect(named(await check(world))).to.deep.equal([`missing batches ${LOGS[0]}/2`]);
  });

  it('names one whose outbox entry alone is left', async () => {
    const world = waiting();
    const { tables } = world;
    tables.batches = tables.batches.filter(({ id }) => id !== 4);
    for (const list of ['readings', 'ranges'] as const)
      Object.assign(tables, { [list]: tables[list].filter(({ batch }) => batch !== 4) });
    expect(named(await check(world))).to.deep.equal([`missing batches ${LOGS[0]}/3`]);
  });

  it('names one that does not continue its log', async () => {
    const world = waiting();
    const batch = batchOf(world, 3);
    batch.previous = 'e'.repeat(64);
    batch.hash = headerHashHex({ ...batchHeader(world, 3) });
    expect(named(await check(world))).to.include('changed batches 3');
  });

  it('asks the ledger again when SQL knows of a later commit, and verifies that too', async () => {
    const world = buildWorld(plainShapes(3, 2, 2));
    const all = headersOf(world);
    let asked = 0;
    const grown = memoryLedger(world.ledger);
    const behind = memoryLedger(new Map([[LOGS[0], all.slice(0, 1)]]));
    const ledger = { ...grown, logs: () => (asked++ < 2 ? behind : grown).logs() };
    const patience = { milliseconds: 1000, pause: () => Promise.resolve() };
    const outcome = await check(world, { ledger, patience });
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome).to.include({ batches: 3, messages: 7, pending: 0 });
    expect(outcome.checkpoints.map(({ size }) => size)).to.deep.equal([3]);
  });

  it('does not miss batches that came to the ledger after SQL was read', async () => {
    const world = buildWorld(plainShapes(3, 2));
    const ledger = memoryLedger(new Map([[LOGS[0], headersOf(world).slice(0, 1)]]));
    world.tables.batches.pop();
    for (const list of ['readings', 'ranges', 'outbox'] as const)
      Object.assign(world.tables, { [list]: world.tables[list].filter(({ batch }) => batch === 1) });
    expect(named(await check(world, { ledger }))).to.deep.equal([]);
  });

  it('gives up on a peer that never learns what SQL claims', async () => {
    const world = buildWorld(plainShapes(3, 2));
    const ledger = memoryLedger(new Map([[LOGS[0], headersOf(world).slice(0, 1)]]));
    let pauses = 0;
    const patience = {
      milliseconds: 2000,
      pause: () => {
        pauses += 1;
        return Promise.resolve();
      },
    };
    expect(named(await check(world, { ledger, patience }))).to.deep.equal(['unanchored blockchain_tx 1002']);
    expect(pauses).to.equal(4);
  });
});

function batchHeader(world: World, id: number): Header {
  const { logId, sequence, size, root, previous, ranges } = batchOf(world, id);
  return { logId, sequence, size, root, previous, ranges };
}

describe('verification of the ledger itself', () => {
  it('takes a checkpoint kept from an earlier, shorter log', async () => {
    const world = buildWorld(plainShapes(1, 1, 1, 1, 1));
    for (const size of [0, 1, 3, 5]) {
      const outcome = await check(world, { kept: [keptOf(world, size)] });
      expect(named(outcome), String(size)).to.deep.equal([]);
    }
  });

  it('names a log that is shorter than the checkpoint kept, or gone', async () => {
    const world = buildWorld(plainShapes(1, 1, 1));
    const kept = [keptOf(world, 3), { ...keptOf(world, 2), logId: 'ingest-7@operator' }];
    const short = buildWorld(plainShapes(1, 1));
    expect(named(await check(short, { kept }))).to.deep.equal([
      `rolled-back ledger ${LOGS[0]}`,
      'rolled-back ledger ingest-7@operator',
    ]);
  });

  it('names a log that was rewritten since', async () => {
    const kept = [keptOf(buildWorld(plainShapes(2, 1, 1)), 2)];
    const rewritten = buildWorld(plainShapes(1, 1, 1, 1));
    expect(named(await check(rewritten, { kept }))).to.deep.equal([`rolled-back ledger ${LOGS[0]}`]);
  });

  it('names headers and checkpoints that contradict each other', async () => {
    const world = buildWorld(plainShapes(1, 1, 1));
    const ledger = memoryLedger(world.ledger);
    const lying = {
      ...ledger,
      logs: async () => (await ledger.logs()).map((checkpoint) => ({ ...checkpoint, root: 'a'.repeat(64) })),
    };
    expect(named(await check(world, { ledger: lying }))).to.deep.equal([
      `inconsistent ledger ${LOGS[0]} at size 3`,
    ]);
  });

  it('names a header that does not continue the chain', async () => {
    const world = buildWorld(plainShapes(1, 1, 1));
    headersOf(world)[1]!.previous = 'a'.repeat(64);
    expect(named(await check(world))).to.include(`inconsistent ledger ${LOGS[0]}/1`);
  });

  it('names a header whose ranges are not those of its messages', async () => {
    const world = buildWorld(plainShapes(3));
    const lie = [{ device: 'press-0', epoch: 1, first: 1, last: 9 }];
    const root = toHex(rangesRoot(lie));
    const header = headersOf(world)[0]!;
    header.ranges = root;
    const batch = batchOf(world, 1);
    Object.assign(batch, { ranges: root, hash: headerHashHex(header) });
    world.tables.ranges = lie.map((range) => ({ batch: 1, ...range }));
    expect(named(await check(world))).to.include(`inconsistent ledger ${LOGS[0]}/0`);
  });

  it('names headers that the peer holds back', async () => {
    const world = buildWorld(plainShapes(1, 1, 1));
    const ledger = memoryLedger(world.ledger);
    const deaf = {
      ...ledger,
      headers: (log: string, from: number, to: number) => ledger.headers(log, from, Math.min(to, 2)),
    };
    expect(named(await check(world, { ledger: deaf }))).to.include(`inconsistent ledger ${LOGS[0]}/2`);
  });

  it('follows logs of several pages, also when they are asked for backwards', async () => {
    const world = buildWorld(plainShapes(...Array.from({ length: 1203 }, () => 1)));
    const { tables } = world;
    // Renumbering batches is no forgery: ids are SQL's own, and rows moved along with them.
    const renumber = (id: number): number => 2000 - id;
    for (const batch of tables.batches) batch.id = renumber(batch.id);
    for (const row of [...tables.readings, ...tables.ranges, ...tables.outbox])
      row.batch = renumber(row.batch);
    tables.witnesses = new Map([...tables.witnesses].map(([id, bytes]) => [renumber(id), bytes]));
    const outcome = await check(world, { kept: [keptOf(world, 777)] });
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome.batches).to.equal(1203);
  }).timeout(60_000);
});

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
    const { tables } = world;
    tables.batches.shift();
    for (const list of ['readings', 'ranges', 'outbox'] as const)
      Object.assign(tables, { [list]: tables[list].filter(({ batch }) => batch !== 1) });
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
});
