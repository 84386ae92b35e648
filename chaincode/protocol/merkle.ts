/**
 * Merkle trees as RFC 6962 section 2.1 defines them: leaves and inner nodes are hashed with different prefixes,
 * so no inner node can be passed off as a leaf, and a tree of n leaves has one shape.
 */
import { equalBytes } from './bytes.ts';
import { HASH_SIZE, sha256 } from './hash.ts';

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** The input of a node's hash, reused: hashing is synchronous, and nodes are hashed by the million. */
const nodeInput = new Uint8Array(1 + 2 * HASH_SIZE);

/** The root of a tree without leaves: the hash of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

export function leafHash(data: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + data.length);
  input[0] = LEAF_PREFIX;
  input.set(data, 1);
  return sha256(input);
}

/** @throws RangeError when one of the two is no hash. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_SIZE || right.length !== HASH_SIZE)
    throw new RangeError('a node has two hashes below it');
  nodeInput[0] = NODE_PREFIX;
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_SIZE);
  return sha256(nodeInput);
}

/** The largest power of two smaller than `size`; `size` is at least 2. */
function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function pick(leaves: readonly Uint8Array[], index: number): Uint8Array {
  const leaf = leaves[index];
  if (leaf === undefined) throw new RangeError(`no leaf ${index}`);
  return leaf;
}

function rootOf(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to - from === 1) return pick(leaves, from);
  const middle = from + splitPoint(to - from);
  return nodeHash(rootOf(leaves, from, middle), rootOf(leaves, middle, to));
}

/** The root over leaf hashes (not over their data). */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? emptyRoot() : rootOf(leaves, 0, leaves.length);
}

/** The audit path of a leaf, from the leaf's sibling up (RFC 6962 section 2.1.1). */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`no leaf ${index}`);
  const path: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      path.push(rootOf(leaves, middle, to));
      to = middle;
    } else {
      path.push(rootOf(leaves, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** What a verifier is handed: every field is the prover's word, the attacker's included. */
export interface Inclusion {
  leaf: Uint8Array;
  index: number;
  size: number;
  path: readonly Uint8Array[];
}

/**
 * On which side of the hash below it each hash of a path stands, from the bottom up: the climb of RFC 9162 section
 * 2.1.3.2 and 2.1.4.2. Undefined when a tree whose last leaf is `last` has no such path from `position`.
 */
function pathSides(position: number, last: number, length: number): ('left' | 'right')[] | undefined {
  const sides: ('left' | 'right')[] = [];
  let [node, end] = [position, last];
  for (let step = 0; step < length; step += 1) {
    if (end === 0) return undefined;
    const left = node % 2 === 1 || node === end;
    sides.push(left ? 'left' : 'right');
    // A node without a sibling on its right rises until it has one on its left.
    while (left && node % 2 === 0 && node !== 0) [node, end] = [node / 2, Math.floor(end / 2)];
    [node, end] = [Math.floor(node / 2), Math.floor(end / 2)];
  }
  return end === 0 ? sides : undefined;
}

/**
 * The root that an audit path leads to, or undefined when no tree of that size has such a path
 * (RFC 9162 section 2.1.3.2). Compare the result with a root from a source that is trusted.
 */
export function rootFromInclusion({ leaf, index, size, path }: Inclusion): Uint8Array | undefined {
  if (!validPosition(index, size) || ![leaf, ...path].every((hash) => hash.length === HASH_SIZE))
    return undefined;
  const sides = pathSides(index, size - 1, path.length);
  return path.reduce<Uint8Array | undefined>(
    (hash, sibling, step) =>
      hash && (sides?.[step] === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
    sides && leaf,
  );
}

function validPosition(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
}

export function verifyInclusion(inclusion: Inclusion, root: Uint8Array): boolean {
  const computed = rootFromInclusion(inclusion);
  return computed !== undefined && equalBytes(computed, root);
}

function subProof(
  leaves: readonly Uint8Array[],
  range: { from: number; to: number },
  oldSize: number,
  whole: boolean,
): Uint8Array[] {
  const { from, to } = range;
  if (oldSize === to - from) return whole ? [] : [rootOf(leaves, from, to)];
  const split = splitPoint(to - from);
  const middle = from + split;
  return oldSize <= split
    ? [...subProof(leaves, { from, to: middle }, oldSize, whole), rootOf(leaves, middle, to)]
    : [...subProof(leaves, { from: middle, to }, oldSize - split, false), rootOf(leaves, from, middle)];
}

/** Proves that the first `oldSize` leaves of this tree were the whole tree once (RFC 6962 section 2.1.2). */
export function consistencyProof(leaves: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > leaves.length)
    throw new RangeError(`no size ${oldSize}`);
  return oldSize === 0 ? [] : subProof(leaves, { from: 0, to: leaves.length }, oldSize, true);
}

/** Two states of one log as a prover presents them. */
export interface Consistency {
  oldSize: number;
  newSize: number;
  oldRoot: Uint8Array;
  newRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/** Whether the new tree is the old one with leaves added at its end (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(claim: Consistency): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize) || oldSize < 0 || oldSize > newSize)
    return false;
  if (![oldRoot, newRoot, ...proof].every((hash) => hash.length === HASH_SIZE)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  // Every log begins empty: the empty tree is consistent with any other, and needs no proof.
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyRoot());
  return followConsistency(claim);
}

function isPowerOfTwo(size: number): boolean {
  return splitPoint(size + 1) === size;
}

function followConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: Consistency): boolean {
  // A complete old tree is itself the first node of the path, so a prover leaves it out.
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  let [position, last] = [oldSize - 1, newSize - 1];
  while (position % 2 === 1) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  const sides = pathSides(position, last, rest.length);
  if (first === undefined || sides === undefined) return false;
  let [oldHash, newHash] = [first, first];
  for (const [step, hash] of rest.entries()) {
    const left = sides[step] === 'left';
    // What stands on the left was there before; what stands on the right came later.
    if (left) oldHash = nodeHash(hash, oldHash);
    newHash = left ? nodeHash(hash, newHash) : nodeHash(newHash, hash);
  }
  return equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}
