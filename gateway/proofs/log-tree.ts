/**
 * A log's Merkle tree that only grows, with the roots of all its complete subtrees at hand: an audit path costs
 * some dozens of hashes instead of one for every header that the log ever had. 64 bytes a header.
 */
import { HASH_SIZE } from '../../chaincode/protocol/hash.ts';
import { emptyRoot, nodeHash } from '../../chaincode/protocol/merkle.ts';

/** Hashes one after another in one buffer: an object for each would take several times the room. */
class HashList {
  #bytes = new Uint8Array(64 * HASH_SIZE);
  length = 0;

  push(hash: Uint8Array): void {
    if (hash.length !== HASH_SIZE) throw new RangeError(`a hash has ${HASH_SIZE} bytes, not ${hash.length}`);
    const at = this.length * HASH_SIZE;
    if (at === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(hash, at);
    this.length += 1;
  }

  at(index: number): Uint8Array {
    if (index >= this.length) throw new RangeError(`no hash ${index}`);
    return this.#bytes.slice(index * HASH_SIZE, (index + 1) * HASH_SIZE);
  }
}

export class LogTree {
  /** `#levels[k]` has the roots of the complete subtrees of 2^k leaves, from the left. */
  readonly #levels: HashList[] = [];

  get size(): number {
    return this.#levels[0]?.length ?? 0;
  }

  append(leaf: Uint8Array): void {
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      const list = (this.#levels[level] ??= new HashList());
      list.push(hash);
      if (list.length % 2 === 1) return;
      hash = nodeHash(list.at(list.length - 2), hash);
    }
  }

  /** The root when the log had `size` leaves. */
  root(size: number): Uint8Array {
    this.#check(size);
    return size === 0 ? emptyRoot() : this.#subtree(0, size);
  }

  /** The audit path of a leaf to the root at `size`, from the leaf's sibling up (RFC 6962 section 2.1.1). */
  path(index: number, size: number): Uint8Array[] {
    this.#check(size);
    if (index < 0 || index >= size) throw new RangeError(`no leaf ${index} in a log of ${size}`);
    const path: Uint8Array[] = [];
    let from = 0;
    let to = size;
    while (to - from > 1) {
      const middle = from + 2 ** splitLevel(to - from);
      const [left, right] = [this.#subtree(from, middle), this.#subtree(middle, to)];
      path.push(index < middle ? right : left);
      if (index < middle) to = middle;
      else from = middle;
    }
    return path.reverse();
  }

  #check(size: number): void {
    if (size > this.size) throw new RangeError(`the log has ${this.size} leaves, not ${size}`);
  }

  /** `from` is a multiple of the largest power of two in `to - from`, as it always is on the way down a tree. */
  #subtree(from: number, to: number): Uint8Array {
    const size = to - from;
    const level = Math.floor(Math.log2(size));
    if (2 ** level === size) {
      const list = this.#levels[level];
      if (list === undefined) throw new RangeError(`no subtree of ${size}`);
      return list.at(from / size);
    }
    const middle = from + 2 ** level;
    return nodeHash(this.#subtree(from, middle), this.#subtree(middle, to));
  }
}

/** The exponent of the largest power of two smaller than `size`, which is at least 2. */
function splitLevel(size: number): number {
  return Math.ceil(Math.log2(size)) - 1;
}
