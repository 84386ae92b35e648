import { expect } from 'chai';
import fc from 'fast-check';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { DeviceStore, type StoreOptions } from './device-store.ts';

const READING = { ts: 1_700_000_000_000, values: { temperature: 21.5 } };

describe('device store', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-store-'));
    path = join(folder, 'store');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** All that a store knows, read as a device reads it. */
  function known(store: DeviceStore): object {
    const kept: unknown[] = [];
    for (let message = store.after(0); message !== undefined; message = store.after(message.seq)) {
      kept.push([message.seq, message.payload, message.origin]);
    }
    return { next: store.next, size: store.size, kept, notes: ['a', 'b'].map((key) => store.note(key)) };
  }

  async function reopened(options: StoreOptions = {}): Promise<object> {
    const store = await DeviceStore.open(path, options);
    const state = known(store);
    await store.close();
    return state;
  }

  async function failure(attempt: () => unknown): Promise<BiotError> {
    try {
      await attempt();
    } catch (error) {
      if (error instanceof BiotError) return error;
      throw error;
    }
    throw new Error('expected a refusal');
  }

  it('numbers messages and keeps them, with what was noted, until they are forgotten', async () => {
    const store = await DeviceStore.open(path);
    expect([store.append(READING, { key: 'a', value: 'one' }), store.append(READING)]).to.deep.equal([1, 2]);
    await store.close();
    expect(await reopened()).to.deep.equal({
      next: 3,
      size: 2,
      kept: [
        [1, '{"seq":1,"ts":1700000000000,"values":{"temperature":21.5}}', 'a'],
        [2, '{"seq":2,"ts":1700000000000,"values":{"temperature":21.5}}', undefined],
      ],
      notes: ['one', undefined],
    });
    const again = await DeviceStore.open(path);
    expect(again.forget([[1, 2]]).map(({ seq }) => seq)).to.deep.equal([1, 2]);
    await again.close();
    expect(await reopened()).to.deep.include({ next: 3, size: 0 });
  });

  it('gives nothing to send that is not on the disk yet', async () => {
    const store = await DeviceStore.open(path);
    store.append(READING);
    expect(store.after(0)).to.equal(undefined);
    const first = store.saved();
    store.append(READING);
    await first;
    await store.saved();
    expect(store.after(0)).to.include({ seq: 1 });
    expect(store.after(1)).to.include({ seq: 2 });
    expect(store.after(2)).to.equal(undefined);
    await store.close();
  });

  it('never gives a number twice, even when all messages are gone and the journal was written anew', async () => {
    for (let round = 0; round < 5; round += 1) {
      const store = await DeviceStore.open(path, { compactBytes: 0 });
      expect(store.append(READING)).to.equal(round + 1);
      await store.saved();
      store.forget([[1, Number.MAX_SAFE_INTEGER]]);
      await store.close();
    }
    expect(readFileSync(path, 'utf8').split('\n').length).to.be.lessThan(4);
  });

  it('keeps its file in proportion to what it keeps', async () => {
    const store = await DeviceStore.open(path, { compactBytes: 10_000 });
    for (let round = 0; round < 100; round += 1) {
      const first = store.next;
      for (let count = 0; count < 50; count += 1) store.append(READING, { key: 'a', value: String(round) });
      await store.saved();
      store.forget([[first, store.next - 1]]);
      await store.saved();
    }
    expect(statSync(path).size).to.be.lessThan(40_000);
    await store.close();
    expect(await reopened()).to.deep.equal({ next: 5001, size: 0, kept: [], notes: ['99', undefined] });
  });

  it('is bounded, and has room again when receipts come', async () => {
    const store = await DeviceStore.open(path, { capacityBytes: 300 });
    store.append(READING);
    store.append(READING);
    expect(await failure(() => store.append(READING))).to.include({ code: 'STORE_FULL' });
    store.forget([[1, 1]]);
    expect(store.append(READING)).to.equal(3);
    await store.close();
  });

  it('refuses what no platform would take, and gives it no number', async () => {
    const store = await DeviceStore.open(path);
    for (const values of [{}, { temperature: Number.NaN }, { temperature: Infinity }]) {
      expect(await failure(() => store.append({ ts: 1, values }))).to.include({ code: 'INVALID_ARGUMENT' });
    }
    expect(await failure(() => store.append({ ...READING, ts: 1.5 }))).to.include({
      code: 'INVALID_ARGUMENT',
    });
    expect(store.append(READING)).to.equal(1);
    await store.close();
  });

  it('makes its file readable for the owner alone', async () => {
    await (await DeviceStore.open(path)).close();
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('drops a torn line and goes on behind it', async () => {
    const store = await DeviceStore.open(path);
    store.append(READING);
    await store.close();
    appendFileSync(path, '0badc0de [{"kind":"mess');
    const again = await DeviceStore.open(path);
    expect(again.append(READING)).to.equal(2);
    await again.close();
    expect(await reopened()).to.deep.include({ next: 3, size: 2 });
  });

  it('refuses a file that is damaged elsewhere, and says where', async () => {
    const store = await DeviceStore.open(path);
    for (let count = 0; count < 3; count += 1) {
      store.append(READING);
      await store.saved();
    }
    await store.close();
    const content = readFileSync(path);
    const secondLine = content.indexOf('\n') + 20;
    content[secondLine]! ^= 1;
    writeFileSync(path, content);
    const error = await failure(() => DeviceStore.open(path));
    expect(error).to.include({ code: 'STORE_CORRUPT' });
    expect(error.message).to.contain('line 2');
  });

  it('refuses a file of something else', async () => {
    writeFileSync(path, 'timestamp,value\n2013-12-02 21:15:00,73.96\n2013-12-02 21:20:00,74.93\n');
    expect(await failure(() => DeviceStore.open(path))).to.include({ code: 'STORE_CORRUPT' });
  });

  it('is, wherever a crash cuts its file, what it was after one of its saves', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), note: fc.option(fc.constantFrom('a', 'b')) }),
      fc.record({
        kind: fc.constant('forget' as const),
        first: fc.integer({ min: 1, max: 40 }),
        count: fc.nat(6),
      }),
      fc.record({ kind: fc.constant('note' as const), key: fc.constantFrom('a', 'b') }),
    );
    /** Groups of steps; each group is one save. */
    const groups = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });
    const options = { compactBytes: 600 };
    let value = 0;
    await fc.assert(
      fc.asyncProperty(groups, fc.double({ min: 0, max: 1, noNaN: true }), async (list, cut) => {
        rmSync(path, { force: true });
        const store = await DeviceStore.open(path, options);
        let saves = [{ bytes: statSync(path).size, state: known(store) }];
        for (const group of list) {
          for (const one of group) {
            value += 1;
            if (one.kind === 'forget') store.forget([[one.first, one.first + one.count]]);
            else if (one.kind === 'note') store.setNote({ key: one.key, value: String(value) });
            else if (one.note === null) store.append(READING);
            else store.append(READING, { key: one.note, value: String(value) });
          }
          await store.saved();
          const bytes = statSync(path).size;
          if (bytes < saves.at(-1)!.bytes) saves = [];
          if (saves.at(-1)?.bytes !== bytes) saves.push({ bytes, state: known(store) });
        }
        await store.close();
        const smallest = saves[0]!.bytes;
        const left = smallest + Math.floor(cut * (saves.at(-1)!.bytes - smallest));
        truncateSync(path, left);
        expect(await reopened(options)).to.deep.equal(saves.findLast(({ bytes }) => bytes <= left)!.state);
      }),
      { numRuns: 150 },
    );
  });
});
