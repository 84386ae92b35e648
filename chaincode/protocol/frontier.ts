/**
 * A log's frontier: the roots of the complete subtrees that its size consists of, largest first. It is all that
 * is needed to append a leaf and to know the new root, so a contract can keep a log of any length in
 * log2(size) hashes and check every root by itself.
 */
import { nodeHash, emptyRoot } from './merkle.ts';

export interface Frontier {
  size: number;
  /** One hash for each bit that is set in `size`, most significant first. */
  hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** @throws RangeError when the number of hashes does not fit the size. */
export function checkFrontier(frontier: Frontier): Frontier {
  if (
    !Number.isSafeInteger(frontier.size) ||
    frontier.size < 0 ||
    frontier.hashes.length !== bitsSet(frontier.size)
  ) {
    throw new RangeError(`a log of ${frontier.size} does not have ${frontier.hashes.length} frontier hashes`);
  }
  return frontier;
}

/** Appends one leaf hash; the frontier given is not changed. */
export function appendLeaf(frontier: Frontier, leaf: Uint8Array): Frontier {
  const hashes = [...frontier.hashes];
  let hash = leaf;
  for (let rest = frontier.size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = hashes.pop();
    if (left === undefined) throw new RangeError('the frontier has too few hashes for its size');
    hash = nodeHash(left, hash);
  }
  return { size: frontier.size + 1, hashes: [...hashes, hash] };
}

export function frontierRoot(frontier: Frontier): Uint8Array {
  const [smallest, ...larger] = [...frontier.hashes].reverse();
  if (smallest === undefined) return emptyRoot();
  return larger.reduce((right, left) => nodeHash(left, right), smallest);
}
