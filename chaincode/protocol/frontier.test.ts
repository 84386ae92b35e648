import { expect } from 'chai';

import { appendLeaf, checkFrontier, EMPTY_FRONTIER, frontierRoot } from './frontier.ts';
import { toHex } from './hash.ts';
import { leafHash, merkleRoot } from './merkle.ts';

describe("a log's frontier", () => {
  it('has the root of the whole tree, at every size up to 300, in as many hashes as bits are set', () => {
    const leaves: Uint8Array[] = [];
    let frontier = EMPTY_FRONTIER;
    for (let size = 0; size <= 300; size += 1) {
      expect(frontier.size).to.equal(size);
      expect(frontier.hashes.length).to.equal(size.toString(2).replaceAll('0', '').length);
      expect(checkFrontier(frontier)).to.equal(frontier);
      expect(toHex(frontierRoot(frontier)), String(size)).to.equal(toHex(merkleRoot(leaves)));
      const leaf = leafHash(Uint8Array.of(size & 0xff, size >> 8));
      leaves.push(leaf);
      frontier = appendLeaf(frontier, leaf);
    }
  });

  it('does not change when a leaf is appended to it', () => {
    const three = [0, 1, 2].reduce(
      (log, leaf) => appendLeaf(log, leafHash(Uint8Array.of(leaf))),
      EMPTY_FRONTIER,
    );
    const before = [...three.hashes];
    appendLeaf(three, leafHash(Uint8Array.of(3)));
    expect(three).to.deep.equal({ size: 3, hashes: before });
  });

  it('counts beyond 32 bits', () => {
    const hashes = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
    expect(checkFrontier({ size: 2 ** 40 + 1, hashes }).size).to.equal(2 ** 40 + 1);
    const next = appendLeaf({ size: 2 ** 40 + 1, hashes }, leafHash(Uint8Array.of(3)));
    expect(next.hashes.length).to.equal(2);
  });

  it('is refused when its hashes do not fit its size', () => {
    const hash = leafHash(Uint8Array.of(1));
    for (const frontier of [
      { size: 0, hashes: [hash] },
      { size: 3, hashes: [hash] },
      { size: 4, hashes: [hash, hash] },
      { size: -1, hashes: [hash] },
      { size: 0.5, hashes: [] },
      { size: 2 ** 53, hashes: [hash] },
    ]) {
      expect(() => checkFrontier(frontier), String(frontier.size)).to.throw(RangeError);
    }
    expect(() => appendLeaf({ size: 1, hashes: [] }, hash)).to.throw(RangeError);
  });
});
