import { expect } from 'chai';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { headerHashHex } from '../../chaincode/protocol/header.ts';
import { rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { check, headersOf, keptOf, named, plainShapes } from './testing/checking.ts';
import { memoryLedger } from './testing/memory.ts';
import { batchOf, buildWorld, LOGS } from './testing/world.ts';

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

  it('names a header whose size is not that of its messages, though SQL agrees with it', async () => {
    const world = buildWorld(plainShapes(3));
    const header = headersOf(world)[0]!;
    header.size = 4;
    const hash = headerHashHex(header);
    Object.assign(batchOf(world, 1), { size: 4, totalMessages: 4, hash });
    const outcome = await check(world);
    expect(named(outcome)).to.deep.equal([`inconsistent ledger ${LOGS[0]}/0`]);
    expect(outcome.differences[0]?.what).to.equal('the header says size 4, its messages are 3');
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
    for (const row of [...tables.readings, ...tables.ranges]) row.batch = renumber(row.batch);
    for (const entry of tables.outbox) entry.batch = renumber(entry.batch!);
    tables.witnesses = new Map([...tables.witnesses].map(([id, bytes]) => [renumber(id), bytes]));
    const outcome = await check(world, { kept: [keptOf(world, 777)] });
    expect(named(outcome)).to.deep.equal([]);
    expect(outcome.batches).to.equal(1203);
  }).timeout(60_000);
});
