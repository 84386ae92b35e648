import { expect } from 'chai';
import fc from 'fast-check';

import type { Position } from '../../../sql/queries/streams.ts';
import { batchOf } from '../testing/fake-streams.ts';
import { type Chunk, nextChunk } from './chunk.ts';
import type { SelectedBatch } from './selection.ts';

const START: Position = { sequence: 0, leaf: 0 };
const BOUNDS = { messages: 10, bytes: 100_000, batches: 5 };

describe('a chunk of a log', () => {
  function gather(
    log: readonly SelectedBatch[],
    {
      next = START,
      until = null,
      ...bounds
    }: Partial<typeof BOUNDS> & { next?: Position; until?: Position | null } = {},
  ): Promise<Chunk> {
    const read = (from: number) => Promise.resolve(log.find(({ sequence }) => sequence >= from));
    return nextChunk(read, { next, until }, { ...BOUNDS, ...bounds });
  }

  const seqs = ({ messages }: Chunk): number[] => messages.map(({ seq }) => seq);

  it('goes on to the end of what is stored', async () => {
    const chunk = await gather([batchOf(0, 2), batchOf(1, 0), batchOf(2, 1)]);
    expect([seqs(chunk), chunk.from, chunk.until]).to.deep.equal([
      ...[[0, 1, 200_000], START, { sequence: 3, leaf: 0 }],
    ]);
  });

  it('stops within a batch that is too large for it, and the next one begins there', async () => {
    const log = [batchOf(0, 4), batchOf(1, 9)];
    const first = await gather(log);
    expect([first.messages.length, first.until]).to.deep.equal([10, { sequence: 1, leaf: 6 }]);
    const second = await gather(log, { next: first.until });
    expect([seqs(second), second.until]).to.deep.equal([
      ...[[100_006, 100_007, 100_008], { sequence: 2, leaf: 0 }],
    ]);
  });

  it('has so many bytes at most, but always one message', async () => {
    const log = [batchOf(0, 8, 1_000)];
    const bytes = (chunk: Chunk): number => Buffer.byteLength(JSON.stringify(chunk.messages));
    const chunk = await gather(log, { bytes: 4_000 });
    expect(chunk.messages).to.have.length.within(2, 3);
    expect(bytes(chunk)).to.be.at.most(4_000);
    expect((await gather(log, { bytes: 10 })).messages).to.have.length(1);
  });

  it('looks at so many batches at most, also where nothing is wanted', async () => {
    const log = Array.from({ length: 9 }, (_, sequence) => batchOf(sequence, 0));
    const chunk = await gather(log);
    expect([chunk.messages, chunk.until]).to.deep.equal([[], { sequence: 5, leaf: 0 }]);
  });

  it('says which batches are gone, and which are missing', async () => {
    const log = [batchOf(0, 1), { sequence: 1, wanted: null }, { sequence: 2, wanted: null }, batchOf(5, 1)];
    const chunk = await gather(log);
    expect(chunk.skipped).to.deep.equal([{ from: 1, to: 4 }]);
    expect([seqs(chunk), chunk.until]).to.deep.equal([[0, 500_000], { sequence: 6, leaf: 0 }]);
    const ofGone = await gather([{ sequence: 3, wanted: null }], { next: { sequence: 3, leaf: 7 } });
    expect([ofGone.skipped, ofGone.until]).to.deep.equal([[{ from: 3, to: 3 }], { sequence: 4, leaf: 0 }]);
  });

  it('that was begun ends where it did, whatever came since', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (before, after) => {
        const log = [...before, ...after].map((size, sequence) => batchOf(sequence, size));
        const begun = await gather(log.slice(0, before.length));
        const again = await gather(log, { until: begun.until });
        expect(again).to.deep.equal(begun);
      }),
    );
  });

  it('that was begun is cut where less goes at once by now', async () => {
    const log = [batchOf(0, 8)];
    const chunk = await gather(log, { until: { sequence: 1, leaf: 0 }, messages: 4 });
    expect([seqs(chunk), chunk.until]).to.deep.equal([[0, 1, 2, 3], { sequence: 0, leaf: 4 }]);
  });

  it('goes on past an end that is not ahead', async () => {
    const next = { sequence: 1, leaf: 1 };
    for (const until of [next, START]) {
      const chunk = await gather([batchOf(1, 3)], { next, until });
      expect([seqs(chunk), chunk.until]).to.deep.equal([[100_001, 100_002], { sequence: 2, leaf: 0 }]);
    }
  });

  it('after chunk gives every message once, in order', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, async (all) => {
        const log = all.map((size, sequence) => batchOf(sequence, size));
        const got: number[] = [];
        let next = START;
        for (let chunk = await gather(log); ; chunk = await gather(log, { next })) {
          if (chunk.until.sequence === next.sequence && chunk.until.leaf === next.leaf) break;
          expect(chunk.messages.length).to.be.at.most(10);
          got.push(...seqs(chunk));
          next = chunk.until;
        }
        expect(got).to.deep.equal(log.flatMap(({ wanted }) => wanted?.map(({ message }) => message.seq)));
      }),
    );
  });
});
