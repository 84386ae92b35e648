import type { Context } from 'fabric-contract-api';
import type { z } from 'zod';

import { canonicalJson } from '../protocol/canonical-json.ts';

type Stub = Context['stub'];

const decoder = new TextDecoder('utf-8', { fatal: true });

export interface Page<T> {
  records: T[];
  /** Last part of the key at which the next page begins; empty after the last page. */
  next: string;
}

/**
 * Records of one kind in the ledger's state, under composite keys (kind, then the parts of the record's key), as
 * canonical JSON. Mind that Fabric answers a read with what was committed before the transaction, never with what
 * the transaction itself has put.
 */
export class Collection<T> {
  readonly #kind: string;
  readonly #schema: z.ZodType<T>;

  constructor(kind: string, schema: z.ZodType<T>) {
    this.#kind = kind;
    this.#schema = schema;
  }

  key(stub: Stub, parts: readonly string[]): string {
    return stub.createCompositeKey(this.#kind, [...parts]);
  }

  /** @throws Error when the state does not hold what this collection writes */
  decode(bytes: Uint8Array): T {
    return this.#schema.parse(JSON.parse(decoder.decode(bytes)));
  }

  async get(stub: Stub, parts: readonly string[]): Promise<T | undefined> {
    const bytes = await stub.getState(this.key(stub, parts));
    return bytes.length === 0 ? undefined : this.decode(bytes);
  }

  /** The same as `get`, without looking at what is there. */
  async has(stub: Stub, parts: readonly string[]): Promise<boolean> {
    return (await stub.getState(this.key(stub, parts))).length > 0;
  }

  async put(stub: Stub, parts: readonly string[], record: T): Promise<void> {
    await stub.putState(this.key(stub, parts), Buffer.from(canonicalJson(record)));
  }

  async remove(stub: Stub, parts: readonly string[]): Promise<void> {
    await stub.deleteState(this.key(stub, parts));
  }

  /** Whether there is any record at all. */
  async any(stub: Stub): Promise<boolean> {
    for await (const _ of stub.getStateByPartialCompositeKey(this.#kind, [])) return true;
    return false;
  }

  /** All records whose keys begin with these parts, in the order of their keys. */
  async all(stub: Stub, within: readonly string[]): Promise<T[]> {
    const records: T[] = [];
    for await (const { value } of stub.getStateByPartialCompositeKey(this.#kind, [...within])) {
      records.push(this.decode(value));
    }
    return records;
  }

  /** The last parts of all keys that begin with these parts, in their order. */
  async places(stub: Stub, within: readonly string[]): Promise<string[]> {
    const places: string[] = [];
    for await (const { key } of stub.getStateByPartialCompositeKey(this.#kind, [...within]))
      places.push(placeOf(stub, key));
    return places;
  }

  /**
   * At most `size` wanted records of those whose keys begin with `within`, from the one whose last part is `from` (or
   * the first after it). Only to be evaluated, as `walk` is.
   */
  page(
    stub: Stub,
    within: readonly string[],
    { from, ...options }: { from: string; size: number; wanted?: (record: T) => boolean },
  ): Promise<Page<T>> {
    const start = from === '' ? [] : [...within, from];
    return pageOf(this.walk(stub, within, { start, size: options.size + 1 }), options);
  }

  /**
   * The records whose keys begin with `within`, each with the last part of its key, from the key `start` on (empty: from
   * the first). Only to be evaluated: Fabric refuses to write in a transaction that has asked for a page.
   *
   * Fabric's own bookmark is a raw key of LevelDB, from which the peer reads on without comparing it with the prefix.
   * So none is ever taken from a caller: it is made here, of checked parts.
   *
   * @param size records to ask the peer for at one time
   */
  async *walk(
    stub: Stub,
    within: readonly string[],
    { start, size }: { start: readonly string[]; size: number },
  ): AsyncGenerator<readonly [place: string, record: T]> {
    let from = start.length === 0 ? '' : this.key(stub, start);
    do {
      const response = stub.getStateByPartialCompositeKeyWithPagination(this.#kind, [...within], size, from);
      const entries: (readonly [key: string, value: Uint8Array])[] = [];
      for await (const { key, value } of response) entries.push([key, value]);
      from = bookmarkOf(await response);
      // Only what is wanted is read: a page may end here.
      for (const [key, value] of entries) yield [placeOf(stub, key), this.decode(value)];
    } while (from !== '');
  }
}

/** The first `size` wanted ones. The next page begins with a wanted one: where a page ends tells nothing of the others. */
export async function pageOf<T>(
  entries: AsyncIterable<readonly [place: string, record: T]>,
  { size, wanted = () => true }: { size: number; wanted?: (record: T) => boolean },
): Promise<Page<T>> {
  const records: T[] = [];
  for await (const [place, record] of entries) {
    if (!wanted(record)) continue;
    if (records.length === size) return { records, next: place };
    records.push(record);
  }
  return { records, next: '' };
}

/** The last part of a composite key. */
function placeOf(stub: Stub, key: string): string {
  return stub.splitCompositeKey(key).attributes.at(-1) ?? '';
}

/** An empty page comes without metadata: no field of that message is set, so the shim takes it for absent. */
function bookmarkOf({ metadata }: { metadata?: { bookmark: string } }): string {
  return metadata?.bookmark ?? '';
}
