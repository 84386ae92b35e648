import { expect } from 'chai';
import fc from 'fast-check';

import { inclusionProof, leafHash, merkleRoot, verifyInclusion } from '../../chaincode/protocol/merkle.ts';
import { LogTree } from './log-tree.ts';

describe('the tree of a log', () => {
  const leaves = Array.from({ length: 300 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
  const tree = new LogTree();
  for (const leaf of leaves) tree.append(leaf);

  it('has the root that RFC 6962 defines, at every size that it ever had', () => {
    for (let size = 0; size <= leaves.length; size += 1)
      expect(Buffer.from(tree.root(size)).equals(merkleRoot(leaves.slice(0, size))), `size ${size}`).to.equal(
        true,
      );
  });

  it('has the audit paths of the plain algorithm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: leaves.length }), fc.nat(), (size, seed) => {
        const index = seed % size;
        const path = tree.path(index, size);
        expect(path).to.deep.equal(inclusionProof(leaves.slice(0, size), index));
        expect(verifyInclusion({ leaf: leaves[index]!, index, size, path }, tree.root(size))).to.equal(true);
      }),
    );
  });

  it('knows nothing of leaves that it does not have', () => {
    expect(() => tree.root(301)).to.throw(RangeError);
    expect(() => tree.path(5, 5)).to.throw(RangeError);
    expect(() => tree.path(-1, 5)).to.throw(RangeError);
    expect(() => {
      tree.append(new Uint8Array(31));
    }).to.throw(RangeError);
  });
});
