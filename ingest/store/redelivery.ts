/**
 * Tells what is new from what was stored before. A device sends a message again until it has its receipt, so the
 * same message comes any number of times; it is stored once. The same number with another content is something
 * else: a defect or an attack. Both are kept, because each may be the true one, and only people can tell.
 */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import type { Numbered } from '../../chaincode/protocol/ranges.ts';
import type { PendingMessage } from './pending-message.ts';

/** Where a message stands: its batch's number in its log, and its leaf. */
export interface Place {
  readonly logId: string;
  readonly sequence: number;
  readonly leaf: number;
}

/** One content of a sequence number. It has no place yet while it is in the batch that is being made. */
export interface Version {
  readonly canonical: Uint8Array;
  readonly place: Place | undefined;
}

/** The contents stored before, by `numberKey`. */
export type StoredVersions = ReadonlyMap<string, readonly Version[]>;

/** Two prove the conflict. Without a bound, each further one would cost more to compare than the last. */
export const MAX_VERSIONS = 4;

/** A message of the new batch whose number already had another content. */
export interface Conflict {
  readonly message: PendingMessage;
  /** The message's place in the new batch. */
  readonly leaf: number;
  /** The content that was first; its place is undefined when it is in the new batch too. */
  readonly earlier: Version;
  /** The earlier content's leaf when it is in the new batch. */
  readonly earlierLeaf: number | undefined;
}

export type Outcome = 'stored' | 'again' | 'excess';

export interface SortedOut {
  /** What becomes of each message, in the order given. */
  readonly outcomes: readonly Outcome[];
  /** The messages with the outcome `stored`: the leaves of the new batch. */
  readonly fresh: readonly PendingMessage[];
  readonly conflicts: readonly Conflict[];
}

/** Ids have no blank in them. */
export function numberKey({ device, epoch, seq }: Numbered): string {
  return `${device} ${epoch} ${seq}`;
}

interface Known extends Version {
  readonly leaf: number | undefined;
}

export function sortOut(messages: readonly PendingMessage[], stored: StoredVersions): SortedOut {
  const sorter = new Sorter(stored);
  const outcomes = messages.map((message) => sorter.take(message));
  return { outcomes, fresh: sorter.fresh, conflicts: sorter.conflicts };
}

class Sorter {
  readonly fresh: PendingMessage[] = [];
  readonly conflicts: Conflict[] = [];
  readonly #stored: StoredVersions;
  readonly #seen = new Map<string, Known[]>();

  constructor(stored: StoredVersions) {
    this.#stored = stored;
  }

  take(message: PendingMessage): Outcome {
    const versions = this.#versions(numberKey(message));
    if (versions.some(({ canonical }) => equalBytes(canonical, message.canonical))) return 'again';
    if (versions.length >= MAX_VERSIONS) return 'excess';
    const [earlier] = versions;
    const leaf = this.fresh.length;
    if (earlier !== undefined) this.conflicts.push({ message, leaf, earlier, earlierLeaf: earlier.leaf });
    versions.push({ canonical: message.canonical, place: undefined, leaf });
    this.fresh.push(message);
    return 'stored';
  }

  #versions(key: string): Known[] {
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const versions = (this.#stored.get(key) ?? []).map((version) => ({ ...version, leaf: undefined }));
    this.#seen.set(key, versions);
    return versions;
  }
}
