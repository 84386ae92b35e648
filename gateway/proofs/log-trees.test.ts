import { expect } from 'chai';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { leafHash, merkleRoot, verifyInclusion } from '../../chaincode/protocol/merkle.ts';
import { LogTrees } from './log-trees.ts';

describe('the trees of all logs', () => {
  const leaves = Array.from({ length: 10 }, (_, index) => leafHash(Buffer.from(`header ${index}`)));
  const checkpoint = (size: number, of = leaves) => ({
    logId: 'a@b',
    size,
    root: toHex(merkleRoot(of.slice(0, size))),
    head: toHex(of[size - 1]!),
  });

  function trees(stored: Uint8Array[]) {
    const asked: [number, number][] = [];
    return {
      asked,
      trees: new LogTrees({
        headerHashes: (_logId, from, limit) => {
          asked.push([from, limit]);
          return Promise.resolve(stored.slice(from, from + limit));
        },
      }),
    };
  }

  it('reads each header once, also for proofs at the same time', async () => {
    const { trees: all, asked } = trees([...leaves]);
    await Promise.all([all.path(0, checkpoint(4)), all.path(1, checkpoint(4)), all.path(5, checkpoint(9))]);
    expect(asked).to.deep.equal([
      [0, 4],
      [4, 5],
    ]);
  });

  it('reads all again when the headers do not lead to the ledger’s root, and then believes them', async () => {
    const stored = [...leaves];
    stored[1] = new Uint8Array(32);
    const { trees: all, asked } = trees(stored);
    const wrong = await all.path(0, checkpoint(4));
    expect(
      verifyInclusion({ leaf: leaves[0]!, index: 0, size: 4, path: wrong }, merkleRoot(leaves.slice(0, 4))),
    ).to.equal(false);
    expect(asked).to.have.length(2);
    stored[1] = leaves[1]!;
    const mended = await all.path(0, checkpoint(4));
    expect(
      verifyInclusion({ leaf: leaves[0]!, index: 0, size: 4, path: mended }, merkleRoot(leaves.slice(0, 4))),
    ).to.equal(true);
  });

  it('says when headers are missing, and goes on afterwards', async () => {
    const { trees: all } = trees(leaves.slice(0, 3));
    const missing = await all.path(0, checkpoint(5)).catch((error: unknown) => error);
    expect(missing).to.include({ code: 'EVIDENCE_INVALID' });
    expect(await all.path(0, checkpoint(2))).to.have.length(1);
  });
});
