import type { Header } from '../../chaincode/protocol/header.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { insertAlerts } from '../../sql/writers/alerts.ts';
import { headAfter, type LogHead, storeBatch } from '../../sql/writers/batches.ts';
import { lockDevices, touchDevices } from '../../sql/writers/devices.ts';
import { conflictAlerts, damageAlerts, type LimitedAlert } from './conflict-alerts.ts';
import type { LogTail } from '../../network/anchoring/log-tail.ts';
import { MinuteLimit } from '../../network/minute-limit.ts';
import type { PendingMessage } from './pending-message.ts';
import { type Outcome, type SortedOut, sortOut } from './redelivery.ts';
import { seal } from './seal.ts';
import { readStoredBefore, type StoredBefore } from './stored-versions.ts';

export interface WriterParts {
  readonly logId: string;
  readonly tail: Pick<LogTail, 'turn' | 'head' | 'attempt' | 'doubt' | 'written'>;
  readonly transact: Transact;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** What became of a batch of messages. */
export interface Written {
  /** For each message given, in their order. */
  readonly outcomes: readonly Outcome[];
  /** Undefined when nothing was new. */
  readonly header: Header | undefined;
  readonly conflicts: number;
}

interface Result extends Written {
  readonly alerts: readonly LimitedAlert[];
}

/**
 * Writes messages to the database as one batch of a log, in one transaction. May be called again with the same
 * messages after any failure, also when nobody knows whether the transaction was committed: what was stored then is
 * found again by its numbers and contents.
 */
export class BatchWriter {
  readonly #parts: WriterParts;
  readonly #alertLimit = new MinuteLimit();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /**
   * @param messages 1 to MAX_BATCH_MESSAGES, whose canonical bytes fit into one statement
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL; ANCHOR_CONFLICT while a row that is not ours has the place
   */
  write(messages: readonly PendingMessage[]): Promise<Written> {
    return this.#parts.tail.turn(() => this.#write(messages));
  }

  async #write(messages: readonly PendingMessage[]): Promise<Written> {
    const { tail, transact } = this.#parts;
    const head = await tail.head();
    const { alerts, ...written } = await transact((transaction) =>
      this.#writeIn(transaction, messages, head),
    ).catch((error: unknown) => {
      tail.doubt();
      throw error;
    });
    if (written.header !== undefined) tail.written(written.header);
    for (const { limitKey, alert } of alerts) this.#alertLimit.use(limitKey, alert.createdAt);
    return written;
  }

  async #writeIn(
    transaction: Queryable,
    messages: readonly PendingMessage[],
    head: LogHead,
  ): Promise<Result> {
    const owners = new Map(messages.map(({ owner }) => [owner.id, owner]));
    await lockDevices(transaction, owners.values());
    const before = await readStoredBefore(transaction, messages);
    const sorted = sortOut(messages, before.versions);
    await touchDevices(transaction, owners.keys(), this.#parts.now());
    const { header, alerts } = await this.#store(transaction, { ...sorted, head }, before);
    await insertAlerts(
      transaction,
      alerts.map(({ alert }) => alert),
    );
    return { outcomes: sorted.outcomes, header, conflicts: sorted.conflicts.length, alerts };
  }

  async #store(
    transaction: Queryable,
    { fresh, conflicts, head }: SortedOut & { head: LogHead },
    { damaged }: StoredBefore,
  ): Promise<Pick<Result, 'header' | 'alerts'>> {
    const { logId, tail } = this.#parts;
    const createdAt = this.#parts.now();
    const damage = damageAlerts(damaged, createdAt, this.#alertLimit);
    if (fresh.length === 0) return { header: undefined, alerts: damage };
    const batch = seal({ logId, head, createdAt }, fresh);
    tail.attempt(batch.header, headAfter(batch, head));
    const batchId = await storeBatch(transaction, batch, head);
    const at = { logId, sequence: batch.header.sequence, batchId, createdAt };
    return {
      header: batch.header,
      alerts: [...damage, ...conflictAlerts(conflicts, at, this.#alertLimit)],
    };
  }
}
