import { expect } from 'chai';

import { headerHashHex } from '../../chaincode/protocol/header.ts';
import { telemetryId } from './stored.ts';
import { batchHeader, check, dropBatch, headersOf, named, plainShapes } from './testing/checking.ts';
import { memoryLedger } from './testing/memory.ts';
import { batchOf, buildWorld, LOGS, type World } from './testing/world.ts';

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
    dropBatch(world.tables, 3);
    expect(named(await check(world))).to.deep.equal([`missing batches ${LOGS[0]}/2`]);
  });

  it('names one whose outbox entry alone is left', async () => {
    const world = waiting();
    dropBatch(world.tables, 4, ['outbox']);
    expect(named(await check(world))).to.deep.equal([`missing batches ${LOGS[0]}/3`]);
  });

  it('names one that does not continue its log', async () => {
    const world = waiting();
    const batch = batchOf(world, 3);
    batch.previous = 'e'.repeat(64);
    batch.hash = headerHashHex(batchHeader(world, 3));
    expect(named(await check(world))).to.include('changed batches 3');
  });

  it('names one whose row was changed in any column of its header, and not the one behind it', async () => {
    const other = 'e'.repeat(64);
    for (const change of [
      { size: 3 },
      { root: other },
      { previous: other },
      { ranges: other },
      { hash: other },
    ]) {
      const world = waiting();
      Object.assign(batchOf(world, 3), change);
      const rows = new Set(named(await check(world)));
      expect([...rows], Object.keys(change).join()).to.deep.equal(['changed batches 3']);
    }
  });

  it('names one whose header states a size that its messages do not have, though its hash fits', async () => {
    for (const size of [1, 3]) {
      const world = buildWorld(plainShapes(3, 2), 1);
      const batch = batchOf(world, 2);
      batch.size = size;
      batch.hash = headerHashHex(batchHeader(world, 2));
      const outcome = await check(world);
      expect(named(outcome), String(size)).to.deep.equal(['changed batches 2']);
      expect(outcome.differences[0]?.what).to.equal(`the header says size ${size}, its messages are 2`);
    }
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
    dropBatch(world.tables, 2);
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
