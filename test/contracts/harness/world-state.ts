import { compareText } from '../../../chaincode/protocol/bytes.ts';

export interface Modification {
  transaction: string;
  timestamp: Date;
  /** Absent: the key was deleted. */
  value: Uint8Array | undefined;
}

/** The keys that a transaction saw from `start` up to but without `end`. */
export interface RangeRead {
  start: string;
  end: string;
  keys: readonly string[];
}

/** What one transaction read, and in which version; what it wants to write. */
export interface ReadWriteSet {
  reads: ReadonlyMap<string, number>;
  ranges?: readonly RangeRead[];
  /** Undefined deletes. */
  writes: ReadonlyMap<string, Uint8Array | undefined>;
}

/** A peer's committed state and history of one channel. */
export class WorldState {
  readonly #history = new Map<string, Modification[]>();

  get(key: string): Uint8Array | undefined {
    return this.#history.get(key)?.at(-1)?.value;
  }

  /** How often the key was written: Fabric's versions differ whenever these do. */
  version(key: string): number {
    return this.#history.get(key)?.length ?? 0;
  }

  /** Committed keys from `start` up to but without `end`, in the order of their bytes. */
  keys(start: string, end: string): string[] {
    return [...this.#history.keys()]
      .filter(
        (key) => compareText(key, start) >= 0 && compareText(key, end) < 0 && this.get(key) !== undefined,
      )
      .sort(compareText);
  }

  /** Newest first, as Fabric gives it since 2.0. */
  history(key: string): Modification[] {
    return (this.#history.get(key) ?? []).toReversed();
  }

  /**
   * Fabric's check at commit: nothing that was read may have changed since (MVCC), and no key may have come into a range
   * that was read, or gone from it (phantoms). @returns whether it is valid
   */
  commit({ reads, ranges = [], writes }: ReadWriteSet, made: Omit<Modification, 'value'>): boolean {
    for (const [key, version] of reads) if (this.version(key) !== version) return false;
    for (const { start, end, keys } of ranges) {
      if (this.keys(start, end).join() !== keys.join()) return false;
    }
    for (const [key, value] of writes) {
      this.#history.set(key, [...(this.#history.get(key) ?? []), { ...made, value }]);
    }
    return true;
  }
}
