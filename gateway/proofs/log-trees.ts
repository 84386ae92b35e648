import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { fromHex } from '../../chaincode/protocol/hash.ts';
import type { Checkpoint } from '../../chaincode/protocol/header.ts';
import type { Store } from '../store.ts';
import { LogTree } from './log-tree.ts';

const PAGE = 10_000;

/** The trees of all logs, grown from the header hashes in the database as far as proofs need them. */
export class LogTrees {
  readonly #store: Pick<Store, 'headerHashes'>;
  readonly #trees = new Map<string, LogTree>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: Pick<Store, 'headerHashes'>) {
    this.#store = store;
  }

  /**
   * The audit path of header `sequence` to the checkpoint's root. When the database's headers do not lead there
   * (somebody changed one), they are read afresh, and then the path is what they say: whoever checks it sees it fail.
   *
   * @throws BiotError EVIDENCE_INVALID when headers are missing from the database
   */
  path(sequence: number, checkpoint: Checkpoint): Promise<Uint8Array[]> {
    // One at a time: two that grow a tree at once would append its leaves twice.
    const path = this.#queue.then(() => this.#path(sequence, checkpoint));
    this.#queue = path.catch(() => undefined);
    return path;
  }

  async #path(sequence: number, { logId, size, root }: Checkpoint): Promise<Uint8Array[]> {
    let tree = await this.#grown(logId, size);
    if (!equalBytes(tree.root(size), fromHex(root))) {
      this.#trees.delete(logId);
      tree = await this.#grown(logId, size);
    }
    return tree.path(sequence, size);
  }

  async #grown(logId: string, size: number): Promise<LogTree> {
    const tree = this.#trees.get(logId) ?? new LogTree();
    this.#trees.set(logId, tree);
    while (tree.size < size) {
      const hashes = await this.#store.headerHashes(logId, tree.size, Math.min(PAGE, size - tree.size));
      if (hashes.length === 0) {
        const missing = `the database has ${tree.size} headers of ${logId}, the ledger ${size}`;
        throw new BiotError('EVIDENCE_INVALID', missing);
      }
      for (const hash of hashes) tree.append(hash);
    }
    return tree;
  }
}
