import { expect } from 'chai';

import type { FollowedBatch } from '../../../sql/queries/streams.ts';
import { type ReadFollowed, recentBatches } from './recent-batches.ts';

const LOG = 'ingest-1@operator';

describe('batches that were read recently', () => {
  let stored: FollowedBatch[];
  let asked: number[];
  let now: number;
  let read: ReadFollowed;

  beforeEach(() => {
    [stored, asked, now] = [
      [0, 1, 2, 3].map((sequence) => ({ id: BigInt(sequence), sequence, messages: [] })),
      [],
      0,
    ];
    read = recentBatches(
      async ({ from }) => {
        asked.push(from);
        await new Promise(setImmediate);
        return stored.find(({ sequence }) => sequence >= from);
      },
      () => now,
    );
  });

  const all = (...from: number[]): Promise<unknown[]> =>
    Promise.all(from.map(async (each) => (await read({ log: LOG, from: each }))?.sequence));

  it('are read once for all who want them at the same time', async () => {
    expect(await all(0, 0, 0)).to.deep.equal([0, 0, 0]);
    expect(await all(0)).to.deep.equal([0]);
    await read({ log: 'ingest-2@operator', from: 0 });
    expect(asked).to.deep.equal([0, 0]);
  });

  it('are three, those that were wanted last', async () => {
    for (const from of [0, 1, 2, 0, 3, 0, 1]) await all(from);
    expect(asked).to.deep.equal([0, 1, 2, 3, 1]);
  });

  it('are read again after a while: retention may have taken them', async () => {
    await all(0);
    stored.splice(0, 1);
    now = 60_000;
    expect(await all(0)).to.deep.equal([1]);
  });

  it('are looked for again when there was none, or no answer', async () => {
    expect(await all(4)).to.deep.equal([undefined]);
    stored.push({ id: 4n, sequence: 4, messages: [] });
    expect(await all(4)).to.deep.equal([4]);
    let fails = true;
    const failing = recentBatches(
      () => (fails ? Promise.reject(new Error('no database')) : Promise.resolve(undefined)),
      () => now,
    );
    const outcome = (): Promise<unknown> => failing({ log: LOG, from: 0 }).catch(String);
    expect(await outcome()).to.equal('Error: no database');
    fails = false;
    expect(await outcome()).to.equal(undefined);
  });
});
