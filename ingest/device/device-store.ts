import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Message, messageSchema } from '../../chaincode/protocol/message.ts';
import { Journal } from './journal.ts';
import { type StoreEntry, type StoreGroup, startEntry, storeGroupSchema } from './store-entries.ts';

/** What a device wants to tell; the store gives it its number. */
export type Reading = Omit<Message, 'seq'>;

/** Something to remember together with a message: it is on the disk when the message is, and not without it. */
export interface Note {
  readonly key: string;
  readonly value: string;
}

/** A message that waits for its receipt. */
export interface KeptMessage {
  readonly seq: number;
  /** The JSON as it is sent, the same each time. */
  readonly payload: string;
  /** The key of the note that was made with it. */
  readonly origin?: string | undefined;
}

export interface StoreOptions {
  /** Bytes of messages that are kept at most. */
  readonly capacityBytes?: number;
  /** The journal is written anew when it holds this much, and twice of what is needed besides. */
  readonly compactBytes?: number;
}

const DEFAULT_CAPACITY_BYTES = 64 * 1024 * 1024;
/** Keys of notes that are remembered: the ones written last. */
const MAX_NOTES = 64;
/** What a message costs in the journal beside its payload, about. */
const ENTRY_BYTES = 64;
const DEFAULT_COMPACT_BYTES = 256 * 1024;
const MESSAGES_A_LINE = 1000;

/**
 * A device's messages, numbered, on its disk until the platform's receipt.
 *
 * What `saved` promises has been through `fdatasync`: it outlives a loss of power. A message may be sent only then,
 * because a number that was sent and then forgotten would be given to another message. Messages that come while the
 * disk is busy are saved together by the next sync. That a message is gone is written along with the next one that
 * comes, or at the end: if a crash forgets it, the message is sent once more, and the platform stores it once.
 *
 * One process at a time may have a store open; `ownership` sees to that.
 */
export class DeviceStore {
  readonly #journal: Journal;
  readonly #options: Required<StoreOptions>;
  /** In the order of the numbers. */
  readonly #kept = new Map<number, KeptMessage>();
  readonly #notes = new Map<string, string>();
  /** No kept message has a lower number. */
  #first = 1;
  #next = 1;
  #bytes = 0;
  #savedUpTo = 0;
  #unsaved: StoreGroup = [];
  /** Keys; of a note that was written several times since the last save, the last writing counts. */
  readonly #unsavedNotes = new Set<string>();
  #saving: Promise<void> = Promise.resolve();
  #following: Promise<void> | undefined;
  #failure: BiotError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(journal: Journal, options: StoreOptions) {
    this.#journal = journal;
    this.#options = {
      capacityBytes: DEFAULT_CAPACITY_BYTES,
      compactBytes: DEFAULT_COMPACT_BYTES,
      ...options,
    };
  }

  /**
   * Opens the store in this file, making it when there is none.
   *
   * @throws BiotError STORE_CORRUPT when it is damaged in a way that a crash does not explain
   */
  static async open(path: string, options: StoreOptions = {}): Promise<DeviceStore> {
    const { journal, entries } = await Journal.open(path, [startEntry(1, new Map())]);
    try {
      const store = new DeviceStore(journal, options);
      store.#restore(entries);
      return store;
    } catch (cause) {
      await journal.close();
      throw new BiotError('STORE_CORRUPT', `${path} is not a device's store, or a damaged one`, { cause });
    }
  }

  /** Messages kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The number that the next message will get. */
  get next(): number {
    return this.#next;
  }

  /** Bytes that messages may still take. */
  get room(): number {
    return this.#options.capacityBytes - this.#bytes;
  }

  note(key: string): string | undefined {
    return this.#notes.get(key);
  }

  setNote(note: Note): void {
    this.#remember(note);
    this.#unsavedNotes.add(note.key);
  }

  /**
   * Numbers a reading and keeps it; `saved` tells when it is safe.
   *
   * @returns its sequence number
   * @throws BiotError INVALID_ARGUMENT when no platform would take it; STORE_FULL; whatever kept the store from saving
   */
  append(reading: Reading, note?: Note): number {
    if (this.#failure !== undefined) throw this.#failure;
    const parsed = messageSchema.safeParse({ seq: this.#next, ts: reading.ts, values: reading.values });
    if (!parsed.success) {
      throw new BiotError('INVALID_ARGUMENT', 'not a message that could be sent', { cause: parsed.error });
    }
    const kept = { seq: this.#next, payload: JSON.stringify(parsed.data), origin: note?.key };
    if (sizeOf(kept) > this.room) {
      throw new BiotError('STORE_FULL', `${this.size} messages wait for receipts; there is no room for more`);
    }
    this.#keep(kept);
    this.#unsaved.push(entryOf(kept));
    if (note !== undefined) this.setNote(note);
    return kept.seq;
  }

  /** Resolves when everything appended until now is on the disk. Appended meanwhile is saved together, afterwards. */
  saved(): Promise<void> {
    if (this.#unsaved.length === 0 && this.#unsavedNotes.size === 0) return this.#saving;
    this.#following ??= this.#saving.then(() => {
      this.#following = undefined;
      this.#saving = this.#save();
      return this.#saving;
    });
    return this.#following;
  }

  /** The message with the lowest number above `seq` that may be sent. */
  after(seq: number): KeptMessage | undefined {
    return this.#above(seq, this.#savedUpTo);
  }

  /**
   * Forgets messages that are committed or finally refused.
   *
   * @param ranges inclusive ranges of sequence numbers, of any size; numbers that are not kept do no harm
   * @returns those that were kept until now
   */
  forget(ranges: readonly (readonly [number, number])[]): KeptMessage[] {
    const gone = ranges.flatMap(([first, last]) => this.#drop(first, last));
    if (gone.length === 0) return [];
    this.#unsaved.push({ kind: 'gone', ranges: rangesOf(gone) });
    return gone;
  }

  /** Saves what is not saved yet, if it can, and closes the file. */
  close(): Promise<void> {
    this.#closing ??= this.saved()
      .catch(() => undefined)
      .then(() => this.#journal.close());
    return this.#closing;
  }

  #above(seq: number, bound: number): KeptMessage | undefined {
    for (let candidate = Math.max(seq + 1, this.#first); candidate <= bound; candidate += 1) {
      const kept = this.#kept.get(candidate);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }

  #keep(kept: KeptMessage): void {
    if (this.#kept.size === 0) this.#first = kept.seq;
    this.#kept.set(kept.seq, kept);
    this.#bytes += sizeOf(kept);
    this.#next = Math.max(this.#next, kept.seq + 1);
  }

  #drop(first: number, last: number): KeptMessage[] {
    const bound = Math.min(last, this.#next - 1);
    const dropped: KeptMessage[] = [];
    for (let kept = this.#above(first - 1, bound); kept !== undefined; kept = this.#above(kept.seq, bound)) {
      dropped.push(kept);
    }
    for (const kept of dropped) {
      this.#kept.delete(kept.seq);
      this.#bytes -= sizeOf(kept);
    }
    while (this.#first < this.#next && !this.#kept.has(this.#first)) this.#first += 1;
    return dropped;
  }

  #remember({ key, value }: Note): void {
    // Deleted first, so that the order is that of the last writing.
    this.#notes.delete(key);
    this.#notes.set(key, value);
    const [oldest] = this.#notes.keys();
    if (this.#notes.size > MAX_NOTES && oldest !== undefined) this.#notes.delete(oldest);
  }

  async #save(): Promise<void> {
    const group = [...this.#unsaved, ...this.#changedNotes()];
    const upTo = this.#next - 1;
    this.#unsaved = [];
    this.#unsavedNotes.clear();
    try {
      if (this.#isWasteful()) await this.#journal.replace(this.#snapshot());
      else await this.#journal.append(group);
      this.#savedUpTo = upTo;
    } catch (cause) {
      this.#failure = new BiotError('INTERNAL', 'the store cannot write to its disk', { cause });
      throw this.#failure;
    }
  }

  #changedNotes(): StoreGroup {
    return [...this.#notes]
      .filter(([key]) => this.#unsavedNotes.has(key))
      .map((note) => ({ kind: 'note', note }));
  }

  #isWasteful(): boolean {
    return this.#journal.bytes > this.#options.compactBytes + 2 * this.#bytes;
  }

  /** All that is known now, what is not saved yet included. */
  #snapshot(): StoreGroup[] {
    const messages = Array.from(this.#kept.values(), entryOf);
    const lines: StoreGroup[] = [[startEntry(this.#next, this.#notes)]];
    for (let index = 0; index < messages.length; index += MESSAGES_A_LINE) {
      lines.push(messages.slice(index, index + MESSAGES_A_LINE));
    }
    return lines;
  }

  #restore(entries: readonly unknown[]): void {
    for (const [index, entry] of entries.flatMap((group) => storeGroupSchema.parse(group)).entries()) {
      if ((entry.kind === 'start') !== (index === 0)) throw new Error('a start is not where it belongs');
      this.#apply(entry);
    }
    if (entries.length === 0) throw new Error('it is empty');
    this.#savedUpTo = this.#next - 1;
  }

  #apply(entry: StoreEntry): void {
    switch (entry.kind) {
      case 'start':
        this.#next = entry.next;
        for (const [key, value] of entry.notes) this.#remember({ key, value });
        break;
      case 'message':
        this.#keep({ seq: entry.seq, payload: entry.payload, origin: entry.origin });
        break;
      case 'note':
        this.#remember({ key: entry.note[0], value: entry.note[1] });
        break;
      case 'gone':
        for (const [first, last] of entry.ranges) this.#drop(first, last);
        break;
    }
  }
}

function entryOf({ seq, payload, origin }: KeptMessage): StoreEntry {
  return { kind: 'message', seq, payload, ...(origin !== undefined && { origin }) };
}

function sizeOf({ payload }: KeptMessage): number {
  return payload.length + ENTRY_BYTES;
}

/** The fewest ranges that hold these numbers, which ascend. */
function rangesOf(messages: readonly KeptMessage[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { seq } of messages) {
    const last = ranges.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
