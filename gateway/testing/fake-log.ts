/** A log in memory: batches of messages with their rows, witnesses and headers, as ingest and contracts make them. */
import { appendLeaf, EMPTY_FRONTIER, frontierRoot } from '../../chaincode/protocol/frontier.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { type Checkpoint, type Header, headerHash, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import {
  type AttributedMessage,
  encodeMessage,
  messageLeaf,
  orderedValues,
} from '../../chaincode/protocol/message.ts';
import { rangesOf, rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { readingId } from '../../chaincode/protocol/reading-id.ts';
import { encodeWitness } from '../../chaincode/protocol/witness.ts';
import type { FakeStore } from './fake-store.ts';

export const LOG = 'ingest-1@operator';

export class FakeLog {
  readonly #store: FakeStore;
  readonly #headers: Header[] = [];
  #frontier = EMPTY_FRONTIER;
  #head = NO_PREVIOUS;

  constructor(store: FakeStore) {
    this.#store = store;
  }

  checkpoint = (): Promise<Checkpoint> =>
    Promise.resolve({
      logId: LOG,
      size: this.#frontier.size,
      root: toHex(frontierRoot(this.#frontier)),
      head: this.#head,
    });

  logs = async (): Promise<Checkpoint[]> => [await this.checkpoint()];

  /** What the ledger has: the rows may be changed afterwards. */
  list = (_logId: string, from: number, limit: number): Promise<Header[]> =>
    Promise.resolve(this.#headers.slice(from, Math.min(from + limit, this.#frontier.size)));

  /** Stores a batch. @returns its id */
  seal(messages: readonly AttributedMessage[]): bigint {
    const batch = BigInt(this.#store.anchorRows.length + 1);
    const canonical = messages.map(encodeMessage);
    const header: Header = {
      logId: LOG,
      sequence: this.#store.anchorRows.length,
      size: messages.length,
      root: toHex(merkleRoot(canonical.map(messageLeaf))),
      previous: this.#head,
      ranges: toHex(rangesRoot(rangesOf(messages))),
    };
    this.#headers.push(header);
    this.#store.anchorRows.push({
      batch,
      ...header,
      state: 'sealed',
      transaction: null,
      block: null,
      createdAt: 1_700_000_000_000,
      earliest: Math.min(...messages.map(({ ts }) => ts)),
      latest: Math.max(...messages.map(({ ts }) => ts)),
    });
    this.#store.witnesses.set(batch, encodeWitness(canonical));
    this.#store.hashes.push(headerHash(header));
    this.#store.rows.push(
      ...messages.flatMap(({ values, ...message }, leaf) =>
        orderedValues(values).map((value, place) => ({
          id: readingId({ batch, leaf, value: place }),
          ...message,
          ...value,
        })),
      ),
    );
    this.#head = toHex(headerHash(header));
    return batch;
  }

  /** Anchors what was sealed up to this batch. */
  commit(batch: bigint): void {
    for (const anchor of this.#store.anchorRows) {
      if (anchor.batch > batch || anchor.state === 'committed') continue;
      Object.assign(anchor, { state: 'committed', transaction: 'ab'.repeat(32), block: 5 });
      const hash = this.#store.hashes[anchor.sequence];
      if (hash !== undefined) this.#frontier = appendLeaf(this.#frontier, hash);
    }
  }
}
