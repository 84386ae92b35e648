import { z } from 'zod';

import { commandIdSchema } from '../../chaincode/protocol/command/command.ts';
import { answerSchema, type CommandAnswer } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Journal } from './journal.ts';

/** A command that the device has, and how it ended. */
export interface KeptCommand {
  readonly id: string;
  /** Milliseconds since the Unix epoch: no order with this id is begun from then on. */
  readonly expiresAt: number;
  /** Undefined as long as it has not ended. */
  readonly answer?: CommandAnswer | undefined;
  readonly endedAt?: number | undefined;
  /** The broker has taken the answer. */
  readonly told: boolean;
}

const startSchema = z.strictObject({ kind: z.literal('start'), format: z.literal('biot-commands-1') });
const begunSchema = z.strictObject({ kind: z.literal('begun'), id: commandIdSchema, expiresAt: z.int() });
const endedSchema = z.strictObject({
  kind: z.literal('ended'),
  id: commandIdSchema,
  at: z.int(),
  answer: answerSchema,
});
const toldSchema = z.strictObject({ kind: z.literal('told'), id: commandIdSchema });
const entrySchema = z.discriminatedUnion('kind', [startSchema, begunSchema, endedSchema, toldSchema]);
type Entry = z.infer<typeof entrySchema>;

const START: Entry = { kind: 'start', format: 'biot-commands-1' };
const DAY_MS = 86_400_000;
/** Of a clock that was set back, a device must not be led to do something again. */
const REMEMBERED_AFTER_MS = DAY_MS;
/** The journal is written anew when it has this much, and twice of what it had then besides. */
const COMPACT_BYTES = 256 * 1024;
/** Commands that are not forgotten yet: more would have to be refused. */
const MOST_COMMANDS = 10_000;

/**
 * The commands that a device has begun, on its disk before it begins: each is executed at most once, whatever happens to
 * the process in between. A command is remembered until no order with its id could be begun any more.
 */
export class CommandJournal {
  readonly #journal: Journal;
  readonly #commands = new Map<string, KeptCommand>();
  /** Bytes of the journal when it was last written anew. */
  #needed = 0;
  /** Never rejects: whoever wrote is told. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * Opens the journal in this file, making it when there is none. What was begun and has not ended was interrupted.
   *
   * @throws BiotError STORE_CORRUPT when it is damaged in a way that a crash does not explain
   */
  static async open(path: string, now: number): Promise<CommandJournal> {
    const { journal, entries } = await Journal.open(path, START);
    try {
      const opened = new CommandJournal(journal);
      for (const entry of entries) opened.#apply(entrySchema.parse(entry));
      await opened.#interrupt(now);
      return opened;
    } catch (cause) {
      await journal.close();
      throw new BiotError('STORE_CORRUPT', `${path} is not a device's command journal, or a damaged one`, {
        cause,
      });
    }
  }

  find(id: string): KeptCommand | undefined {
    return this.#commands.get(id);
  }

  /** Those that have ended, and whose answers the broker has not taken, or took after `since`: it may have lost them. */
  unsettled(since: number): KeptCommand[] {
    return [...this.#commands.values()].filter(
      ({ endedAt, told }) => endedAt !== undefined && (!told || endedAt >= since),
    );
  }

  /**
   * Resolves when the command is on the disk: only then may it be begun.
   *
   * @throws BiotError STORE_FULL, or what keeps the disk from saving
   */
  async begin(id: string, expiresAt: number, now: number): Promise<void> {
    if (this.#commands.size >= MOST_COMMANDS) this.#forget(now);
    if (this.#commands.size >= MOST_COMMANDS)
      throw new BiotError(
        'STORE_FULL',
        `${MOST_COMMANDS} commands are remembered; there is no room for more`,
      );
    await this.#write({ kind: 'begun', id, expiresAt }, now);
  }

  async end(id: string, answer: CommandAnswer, now: number): Promise<void> {
    await this.#write({ kind: 'ended', id, at: now, answer }, now);
  }

  async told(id: string, now: number): Promise<void> {
    await this.#write({ kind: 'told', id }, now);
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#journal.close());
    return this.#closing;
  }

  /** Known at once, so that an order that comes twice is begun once; saved one after the other. */
  #write(entry: Entry, now: number): Promise<void> {
    this.#apply(entry);
    const saved = this.#last.then(async () => {
      if (this.#journal.bytes > COMPACT_BYTES + 2 * this.#needed) await this.#compact(now);
      else await this.#journal.append(entry);
    });
    this.#last = saved.catch(() => undefined);
    return saved;
  }

  async #compact(now: number): Promise<void> {
    this.#forget(now);
    await this.#journal.replace([START, ...[...this.#commands.values()].flatMap(entriesOf)]);
    this.#needed = this.#journal.bytes;
  }

  #forget(now: number): void {
    for (const [id, { expiresAt, told }] of this.#commands)
      if (told && expiresAt + REMEMBERED_AFTER_MS < now) this.#commands.delete(id);
  }

  async #interrupt(now: number): Promise<void> {
    const open = [...this.#commands.values()].filter(({ answer }) => answer === undefined);
    for (const { id } of open)
      await this.end(id, { id, state: 'failed', message: 'interrupted: the device has started anew' }, now);
  }

  #apply(entry: Entry): void {
    switch (entry.kind) {
      case 'start':
        break;
      case 'begun':
        this.#commands.set(entry.id, { id: entry.id, expiresAt: entry.expiresAt, told: false });
        break;
      case 'ended':
        this.#change(entry.id, { answer: entry.answer, endedAt: entry.at });
        break;
      case 'told':
        this.#change(entry.id, { told: true });
        break;
    }
  }

  #change(id: string, changes: Partial<KeptCommand>): void {
    const kept = this.#commands.get(id);
    if (kept !== undefined) this.#commands.set(id, { ...kept, ...changes });
  }
}

/** A result that the broker has taken is not kept for good: that the command has ended is. */
function entriesOf({ id, expiresAt, answer, endedAt, told }: KeptCommand): Entry[] {
  const entries: Entry[] = [{ kind: 'begun', id, expiresAt }];
  if (answer !== undefined && endedAt !== undefined) {
    const { state, message } = answer;
    const short: CommandAnswer = { id, state, ...(message !== undefined && { message }) };
    entries.push({ kind: 'ended', id, at: endedAt, answer: told ? short : answer });
  }
  if (told) entries.push({ kind: 'told', id });
  return entries;
}
