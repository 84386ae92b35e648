import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from './fake-clock.fixture.ts';
import { aDevice } from './fake-ledger.fixture.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

describe('keeping a snapshot', () => {
  let folder: string;
  let clock: FakeClock;
  let keeper: SnapshotKeeper;
  let taken: number[];
  const warnings: unknown[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-keeper-'));
    clock = new FakeClock();
    taken = [];
    keeper = keeperOf(join(folder, 'registry.snapshot'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function keeperOf(file: string): SnapshotKeeper {
    return new SnapshotKeeper({ file, clock, log: { warn: (about: unknown) => void warnings.push(about) } });
  }

  const snapshot = (block: number): Snapshot => ({
    channel: 'registry',
    chain: 'a'.repeat(64),
    block,
    confirmedAt: 1,
    devices: [aDevice('a')],
    types: [],
    rules: [],
  });

  /** Offers a state and, without time passing, waits for what is written. */
  async function offer(block: number): Promise<void> {
    keeper.offer(block, () => {
      taken.push(block);
      return snapshot(block);
    });
    await keeper.flush(() => undefined);
  }

  it('writes a change, and changes that follow quickly together', async () => {
    await offer(1);
    await offer(2);
    await clock.pass(4_900);
    await offer(3);
    await clock.pass(100);
    await offer(4);
    expect(taken).to.deep.equal([1, 4]);
    expect((await keeper.read('registry'))?.block).to.equal(4);
  });

  it('writes nothing twice, but for renewing once a minute when the state was last confirmed', async () => {
    await offer(1);
    for (let seconds = 0; seconds < 125; seconds += 1) {
      await clock.pass(1_000);
      await offer(1);
    }
    expect(taken).to.have.length(3);
  });

  it('does not write twice at a time', async () => {
    keeper.offer(1, () => snapshot(1));
    await clock.pass(0);
    keeper.offer(2, () => {
      throw new Error('it is still writing');
    });
    await keeper.flush(() => undefined);
  });

  it('gives nothing of another channel', async () => {
    await offer(1);
    expect(await keeper.read('anchors')).to.equal(undefined);
  });

  it('goes on, with a warning, when it can neither write nor read', async () => {
    const blocked = join(folder, 'occupied');
    mkdirSync(blocked);
    keeper = keeperOf(blocked);
    await offer(1);
    expect(await keeper.read('registry')).to.equal(undefined);
    expect(warnings).to.have.length(2);
  });
});
