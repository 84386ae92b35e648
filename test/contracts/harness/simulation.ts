import iterators from 'fabric-shim/lib/iterators.js';

import { encodeTimestamp, timestampOf } from './proposal.ts';
import { decodeFields, encodeFields } from './protobuf.ts';
import type { RangeRead, ReadWriteSet, WorldState } from './world-state.ts';

/** Results that a peer sends to a chaincode at once, unless a page was asked for. */
const RESULTS_AT_ONCE = 100;

interface QueryResponse {
  getId(): string;
  getHasMore(): boolean;
  getResultsList(): { getResultbytes(): Uint8Array }[];
}

function queryResponse(id: string, results: readonly Uint8Array[], more: boolean): QueryResponse {
  return {
    getId: () => id,
    getHasMore: () => more,
    getResultsList: () => results.map((bytes) => ({ getResultbytes: () => bytes })),
  };
}

/** QueryMetadata: what the stub sends to ask for a page. */
function decodePage(query: Uint8Array): { size: number; bookmark: string } {
  const fields = decodeFields(query);
  const bookmark = fields.get(2);
  return {
    size: Number(fields.get(1)),
    bookmark: bookmark instanceof Uint8Array ? Buffer.from(bookmark).toString() : '',
  };
}

/**
 * The peer's side of one transaction, as fabric-shim's stub asks it. It keeps to what core/chaincode/handler.go and
 * the transaction simulator of Fabric 2.5 do on LevelDB: reads see committed state only, never the transaction's own
 * writes; a page and a write exclude each other; a bookmark is the next key, taken unseen.
 */
export class Simulation implements ReadWriteSet {
  readonly reads = new Map<string, number>();
  /** Keys in the order in which they were read, each as often as it was. */
  readonly readKeys: string[] = [];
  readonly ranges: RangeRead[] = [];
  readonly writes = new Map<string, Uint8Array | undefined>();
  readonly #state: WorldState;
  readonly #pending = new Map<string, QueryResponse[]>();
  #paged = false;

  constructor(state: WorldState) {
    this.#state = state;
  }

  handleGetState(_collection: string, key: string): Promise<Buffer> {
    return Promise.resolve(Buffer.from(this.#read(key)));
  }

  handlePutState(_collection: string, key: string, value: Uint8Array): Promise<void> {
    if (this.#paged) return Promise.reject(new Error('a paginated query was made: writes are not allowed'));
    this.writes.set(key, Uint8Array.from(value));
    return Promise.resolve();
  }

  handleDeleteState(_collection: string, key: string): Promise<void> {
    if (this.#paged) return Promise.reject(new Error('a paginated query was made: writes are not allowed'));
    this.writes.set(key, undefined);
    return Promise.resolve();
  }

  handleGetStateByRange(
    _collection: string,
    start: string,
    end: string,
    channel: string,
    transaction: string,
    query?: Uint8Array,
  ): Promise<object> {
    if (query === undefined) {
      const keys = this.#state.keys(start, end);
      this.ranges.push({ start, end, keys });
      const first = this.#inParts(keys.map((key) => this.#keyValue(key)));
      return Promise.resolve({
        iterator: new iterators.StateQueryIterator(this, channel, transaction, first),
      });
    }
    if (this.writes.size > 0) return Promise.reject(new Error('paginated queries are for reading alone'));
    this.#paged = true;
    const { size, bookmark } = decodePage(query);
    const keys = this.#state.keys(bookmark === '' ? start : bookmark, end);
    const results = keys.slice(0, size).map((key) => this.#keyValue(key));
    const response = queryResponse('page', results, false);
    const iterator = new iterators.StateQueryIterator(this, channel, transaction, response);
    const metadata = { bookmark: keys[size] ?? '', fetchedRecordsCount: results.length };
    // An empty page's metadata is a message of no bytes, which the shim takes for none.
    return Promise.resolve(results.length === 0 ? { iterator } : { iterator, metadata });
  }

  handleGetHistoryForKey(key: string, channel: string, transaction: string): Promise<object> {
    const modifications = this.#state.history(key).map((modification) =>
      encodeFields({
        1: modification.transaction,
        2: modification.value ?? new Uint8Array(),
        3: encodeTimestamp(timestampOf(modification.timestamp)),
        4: modification.value === undefined ? 1 : 0,
      }),
    );
    const first = this.#inParts(modifications);
    return Promise.resolve(new iterators.HistoryQueryIterator(this, channel, transaction, first));
  }

  handleQueryStateNext(id: string): Promise<QueryResponse> {
    const next = this.#pending.get(id)?.shift();
    return next === undefined ? Promise.reject(new Error('query iterator not found')) : Promise.resolve(next);
  }

  handleQueryStateClose(id: string): Promise<QueryResponse> {
    this.#pending.delete(id);
    return Promise.resolve(queryResponse(id, [], false));
  }

  #read(key: string): Uint8Array {
    this.readKeys.push(key);
    this.reads.set(key, this.#state.version(key));
    return this.#state.get(key) ?? new Uint8Array();
  }

  #keyValue(key: string): Uint8Array {
    return encodeFields({ 1: 'biot', 2: key, 3: this.#read(key) });
  }

  /** The first part of the results; the iterator asks for the others. */
  #inParts(results: readonly Uint8Array[]): QueryResponse {
    const id = `query-${this.#pending.size}`;
    const rest: QueryResponse[] = [];
    for (let from = RESULTS_AT_ONCE; from < results.length; from += RESULTS_AT_ONCE) {
      const to = from + RESULTS_AT_ONCE;
      rest.push(queryResponse(id, results.slice(from, to), to < results.length));
    }
    this.#pending.set(id, rest);
    return queryResponse(id, results.slice(0, RESULTS_AT_ONCE), rest.length > 0);
  }
}
