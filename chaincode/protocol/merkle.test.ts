import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import { toHex } from './hash.ts';
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  merkleRoot,
  nodeHash,
  rootFromInclusion,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const VECTORS = process.env['BIOT_VECTORS'] ?? join(import.meta.dirname, '../../test/vectors');

/** Numbers of the vectors go up to 2^64 - 1, which JSON.parse would round: they are read as text, and then exactly. */
function readVectors<T>(name: string, schema: z.ZodType<T>): T[] {
  const text = readFileSync(join(VECTORS, 'merkle', name), 'utf8');
  const exact = text.replace(/^(\s*"(?:leafIdx|treeSize|size1|size2)":\s*)(\d+)/gm, '$1"$2"');
  return z.array(schema).parse(JSON.parse(exact));
}

/** A number that is too large stays so: rounding never brings it below 2^53, where numbers are exact. */
const exactNumber = z
  .string()
  .regex(/^\d+$/)
  .transform((digits) => Number(BigInt(digits)));
const hash = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const proof = z
  .array(hash)
  .nullable()
  .transform((hashes) => hashes ?? []);
const common = { desc: z.string(), name: z.string(), wantErr: z.boolean(), proof };

const inclusionVectors = readVectors(
  'inclusion.json',
  z.strictObject({ ...common, leafIdx: exactNumber, treeSize: exactNumber, root: hash, leafHash: hash }),
);
const consistencyVectors = readVectors(
  'consistency.json',
  z.strictObject({ ...common, size1: exactNumber, size2: exactNumber, root1: hash, root2: hash }),
);

/** RFC 6962 section 2.1, word for word and without regard to speed. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return emptyRoot();
  if (leaves.length === 1) return first;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
}

const ALL = leavesOf(300);
const size = fc.integer({ min: 1, max: ALL.length });
const bit = fc.nat({ max: 255 });

function flipped(bytes: Uint8Array, position: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[position >> 3] = changed[position >> 3]! ^ (1 << (position & 7));
  return changed;
}

describe('Merkle trees', () => {
  it('are those of RFC 6962', () => {
    // Roots of the well-known test tree of certificate transparency (RFC 6962 reference implementation).
    const data = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    const leaves = data.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(toHex(emptyRoot())).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(merkleRoot(leaves.slice(0, 1)))).to.equal(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(toHex(merkleRoot(leaves))).to.equal(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    );
  });

  it('have the root of the naive definition at every size', () => {
    for (let count = 0; count <= ALL.length; count += 1) {
      const leaves = ALL.slice(0, count);
      expect(toHex(merkleRoot(leaves)), String(count)).to.equal(toHex(naiveRoot(leaves)));
    }
  });

  it('hash leaves and nodes apart, so that no node can pass for a leaf', () => {
    const [left, right] = leavesOf(2);
    const asLeaf = leafHash(Buffer.concat([left!, right!]));
    expect(toHex(nodeHash(left!, right!))).to.not.equal(toHex(asLeaf));
    expect(() => nodeHash(left!, right!.subarray(1))).to.throw(RangeError);
  });
});

describe('inclusion proofs', () => {
  it('of every leaf of every small tree lead to the root', () => {
    for (let count = 1; count <= 40; count += 1) {
      const leaves = ALL.slice(0, count);
      const root = naiveRoot(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const path = inclusionProof(leaves, index);
        expect(verifyInclusion({ leaf, index, size: count, path }, root), `${index} of ${count}`).to.equal(
          true,
        );
        expect(path.length).to.be.at.most(Math.ceil(Math.log2(count)));
      }
    }
  });

  it('hold for no other leaf, place, size or root, and not with any bit changed', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), bit, (count, at, pick, position) => {
        const leaves = ALL.slice(0, count);
        const index = at % count;
        const leaf = leaves[index]!;
        const path = inclusionProof(leaves, index);
        const root = merkleRoot(leaves);
        const other = pick % count;
        expect(verifyInclusion({ leaf, index, size: count, path }, root)).to.equal(true);
        expect(verifyInclusion({ leaf: flipped(leaf, position), index, size: count, path }, root)).to.equal(
          false,
        );
        expect(verifyInclusion({ leaf, index, size: count, path }, flipped(root, position))).to.equal(false);
        if (other !== index) {
          expect(verifyInclusion({ leaf, index: other, size: count, path }, root)).to.equal(false);
          expect(verifyInclusion({ leaf: leaves[other]!, index, size: count, path }, root)).to.equal(false);
        }
        if (path.length > 0) {
          const step = pick % path.length;
          const changed = path.map((hash, place) => (place === step ? flipped(hash, position) : hash));
          expect(verifyInclusion({ leaf, index, size: count, path: changed }, root)).to.equal(false);
          expect(verifyInclusion({ leaf, index, size: count, path: path.toSpliced(step, 1) }, root)).to.equal(
            false,
          );
        }
        expect(verifyInclusion({ leaf, index, size: count, path: [...path, root] }, root)).to.equal(false);
        expect(verifyInclusion({ leaf, index, size: count, path: [root, ...path] }, root)).to.equal(false);
      }),
    );
  });

  for (const [what, claim] of Object.entries({
    'a negative place': { index: -1, size: 1 },
    'a place beyond the size': { index: 1, size: 1 },
    'half a place': { index: 0.5, size: 1 },
    'an empty tree': { index: 0, size: 0 },
    'a size that is no exact number': { index: 0, size: 2 ** 53 },
    'a place that is no number': { index: Number.NaN, size: 1 },
  })) {
    it(`of ${what} lead nowhere`, () => {
      expect(rootFromInclusion({ leaf: ALL[0]!, path: [], ...claim })).to.equal(undefined);
    });
  }

  it('with a hash of another length lead nowhere', () => {
    const [leaf, sibling] = [ALL[0]!, ALL[1]!];
    expect(rootFromInclusion({ leaf: leaf.subarray(1), index: 0, size: 1, path: [] })).to.equal(undefined);
    expect(rootFromInclusion({ leaf, index: 0, size: 2, path: [sibling.subarray(1)] })).to.equal(undefined);
  });

  it('are not made for a leaf that is not there', () => {
    for (const index of [-1, 3, 0.5])
      expect(() => inclusionProof(ALL.slice(0, 3), index)).to.throw(RangeError);
  });

  it('have vectors', () => {
    expect(inclusionVectors.length).to.be.greaterThan(0);
  });

  for (const { name, wantErr, leafIdx, treeSize, root, leafHash: leaf, proof: path } of inclusionVectors) {
    it(`vector ${name} is ${wantErr ? 'refused' : 'accepted'}`, () => {
      expect(verifyInclusion({ leaf, index: leafIdx, size: treeSize, path }, root)).to.equal(!wantErr);
    });
  }
});

describe('consistency proofs', () => {
  it('between all sizes of small trees hold', () => {
    for (let newSize = 0; newSize <= 34; newSize += 1) {
      const leaves = ALL.slice(0, newSize);
      for (let oldSize = 0; oldSize <= newSize; oldSize += 1) {
        const claim = {
          oldSize,
          newSize,
          oldRoot: naiveRoot(leaves.slice(0, oldSize)),
          newRoot: naiveRoot(leaves),
          proof: consistencyProof(leaves, oldSize),
        };
        expect(verifyConsistency(claim), `${oldSize} -> ${newSize}`).to.equal(true);
      }
    }
  });

  it('hold for no other roots or sizes, and not with any bit changed', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), bit, (newSize, at, pick, position) => {
        const leaves = ALL.slice(0, newSize);
        const oldSize = 1 + (at % newSize);
        const claim = {
          oldSize,
          newSize,
          oldRoot: merkleRoot(leaves.slice(0, oldSize)),
          newRoot: merkleRoot(leaves),
          proof: consistencyProof(leaves, oldSize),
        };
        expect(verifyConsistency(claim)).to.equal(true);
        expect(verifyConsistency({ ...claim, oldRoot: flipped(claim.oldRoot, position) })).to.equal(false);
        expect(verifyConsistency({ ...claim, newRoot: flipped(claim.newRoot, position) })).to.equal(false);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, claim.newRoot] })).to.equal(false);
        if (oldSize < newSize) {
          const step = pick % claim.proof.length;
          const changed = claim.proof.map((hash, place) => (place === step ? flipped(hash, position) : hash));
          expect(verifyConsistency({ ...claim, proof: changed })).to.equal(false);
          expect(verifyConsistency({ ...claim, proof: claim.proof.toSpliced(step, 1) })).to.equal(false);
          expect(verifyConsistency({ ...claim, oldSize: newSize, newSize: oldSize })).to.equal(false);
        }
      }),
    );
  });

  it('expose a log that was rewritten, whatever was rewritten', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100 }),
        fc.nat(),
        fc.nat(),
        bit,
        (newSize, at, pick, position) => {
          const oldSize = 1 + (at % (newSize - 1));
          const leaves = ALL.slice(0, newSize);
          const oldRoot = merkleRoot(leaves.slice(0, oldSize));
          const changed = pick % oldSize;
          const rewritten = leaves.map((leaf, index) => (index === changed ? flipped(leaf, position) : leaf));
          const claim = { oldSize, newSize, oldRoot, newRoot: merkleRoot(rewritten) };
          expect(verifyConsistency({ ...claim, proof: consistencyProof(rewritten, oldSize) })).to.equal(
            false,
          );
          expect(verifyConsistency({ ...claim, proof: consistencyProof(leaves, oldSize) })).to.equal(false);
        },
      ),
    );
  });

  it('of the empty log need nothing but its root', () => {
    const newRoot = merkleRoot(ALL);
    const claim = { oldSize: 0, newSize: ALL.length, oldRoot: emptyRoot(), newRoot, proof: [] };
    expect(verifyConsistency(claim)).to.equal(true);
    expect(verifyConsistency({ ...claim, oldRoot: newRoot })).to.equal(false);
    expect(verifyConsistency({ ...claim, proof: [newRoot] })).to.equal(false);
  });

  it('with sizes that are no exact numbers are refused', () => {
    const root = merkleRoot(ALL);
    for (const [oldSize, newSize] of [
      [-1, 1],
      [0.5, 1],
      [1, 2 ** 53],
      [Number.NaN, 1],
    ] as const) {
      expect(verifyConsistency({ oldSize, newSize, oldRoot: root, newRoot: root, proof: [] })).to.equal(
        false,
      );
    }
  });

  it('are not made for a size that never was', () => {
    for (const oldSize of [-1, 4, 0.5]) {
      expect(() => consistencyProof(ALL.slice(0, 3), oldSize)).to.throw(RangeError);
    }
  });

  it('have vectors', () => {
    expect(consistencyVectors.length).to.be.greaterThan(0);
  });

  for (const { name, wantErr, size1, size2, root1, root2, proof: path } of consistencyVectors) {
    it(`vector ${name} is ${wantErr ? 'refused' : 'accepted'}`, () => {
      const claim = { oldSize: size1, newSize: size2, oldRoot: root1, newRoot: root2, proof: path };
      expect(verifyConsistency(claim)).to.equal(!wantErr);
    });
  }
});
