import type { Logger } from 'pino';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { type Header, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { Anchored } from '../../chaincode/protocol/receipt.ts';
import type { AnchorLedger } from '../ledger/anchors.ts';
import type { LedgerClient } from '../ledger/client.ts';
import { Backoff } from '../backoff.ts';
import type { Troubles } from './troubles.ts';
import type { LogTail } from './log-tail.ts';
import { MinuteLimit } from '../minute-limit.ts';
import { pause, type Time } from '../time.ts';
import type { CommittedPlace, Outbox } from './outbox.ts';
import { anchoredButPending, type Floor } from './outbox-repair.ts';

/** The numbers that it keeps. */
export interface AnchorMetrics {
  readonly anchored: { inc(headers: number): void };
  readonly anchorFailures: { inc(labels: { code: string }): void };
  /** From sending headers to their commit. */
  readonly anchorSeconds: { startTimer(): () => unknown };
  /** Asked when the numbers are read. */
  observeOutbox(pending: () => number): void;
}

export interface AnchorerParts {
  readonly logId: string;
  /**
   * Milliseconds from one transaction to the next while there is little to do: what is sealed meanwhile goes into one
   * transaction, whose cost is that of one header.
   */
  readonly intervalMs: number;
  readonly tail: Pick<LogTail, 'anchored' | 'next' | 'reached' | 'waiting'>;
  readonly outbox: Outbox;
  readonly troubles: Pick<Troubles, 'raise' | 'clear'>;
  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'>;
  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'>;
  /** Tells who watches. */
  readonly announce: (anchored: Anchored) => void;
  readonly metrics: AnchorMetrics;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly time: Time;
}

const CHANNEL = 'anchors';
const RETRY = { firstMs: 250, longestMs: 15_000 };
/** Also without being woken: somebody may have set back what SQL says of anchored batches. */
const LOOK_EVERY_MS = 5_000;
const REPAIR_EVERY_MS = 5_000;
/** Failures in a row for so long are a trouble of their own, whatever the reason. */
const STALLED_MS = 60_000;
/** A transaction that an orderer took may come into a block late: before it is sent again, it gets so long. */
const GRACE_MS = 5_000;
const GRACE_STEP_MS = 250;

/** The ledger and the database contradict each other. Waiting does not help; people must look. */
const CONTRADICTIONS: ReadonlySet<ErrorCode> = new Set(['ANCHOR_CONFLICT', 'ANCHOR_GAP']);

/**
 * Brings a log's headers to the ledger, in order, with one transaction on its way at a time, and notes in the outbox
 * what became of them. Which headers, the log's tail says; which are anchored, the ledger: SQL is never asked. After a
 * start and after every failure it first asks the ledger what it has, so that a transaction whose fate was unknown is
 * neither lost nor counted twice. Whatever fails is tried again for ever: readings are stored meanwhile, and their
 * anchors follow.
 */
export class Anchorer {
  readonly #parts: AnchorerParts;
  readonly #backoff: Backoff;
  /** Whether the outbox may be behind the ledger. */
  #uncertain = true;
  /** The transaction that was sent last, while its outcome is not known. */
  #sent: string | undefined;
  #awaited: string | undefined;
  #size = 0;
  #floor: Floor | undefined;
  #repaired = Number.NEGATIVE_INFINITY;
  #failingSince: number | undefined;
  readonly #logged = new MinuteLimit();
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(parts: AnchorerParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
    parts.metrics.observeOutbox(() => parts.tail.waiting);
  }

  /** Tells that something was sealed. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Runs until the signal is aborted; a transaction that is on its way then is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, tail, time } = this.#parts;
    while (!signal.aborted) {
      try {
        const started = time.elapsed();
        const full = tail.waiting >= MAX_HEADERS;
        const done = await this.step(signal);
        if (done !== 'reconciled') this.#progressed();
        if (done === 'nothing') await this.#sleep(signal);
        if (done === 'appended' && !full) {
          await pause(time, started + intervalMs - time.elapsed(), signal);
        }
      } catch (error) {
        await this.#failed(error, signal);
      }
    }
  }

  /**
   * One transaction's worth of work.
   *
   * @returns what was done; unless it is nothing, there may be more to do
   */
  async step(signal: AbortSignal): Promise<'nothing' | 'reconciled' | 'appended'> {
    this.#woken = false;
    if (this.#uncertain) {
      await this.#reconcile(signal);
      return 'reconciled';
    }
    await this.#repairInTime();
    const headers = await this.#parts.tail.next(MAX_HEADERS);
    if (headers.length === 0) return 'nothing';
    await this.#append(headers);
    return 'appended';
  }

  async #append(headers: readonly Header[]): Promise<void> {
    const { anchors, logId, metrics, outbox, tail } = this.#parts;
    const [first, last] = [headers[0], headers.at(-1)];
    if (first === undefined || last === undefined) return;
    const ends = metrics.anchorSeconds.startTimer();
    const { transaction, block, checkpoint } = await anchors.append(logId, headers, {
      onPrepared: async (prepared) => {
        await outbox.submitted(headers, prepared);
        this.#sent = prepared;
      },
    });
    ends();
    this.#sent = undefined;
    await this.#committed({ from: first.sequence, to: last.sequence, transaction, block });
    await tail.reached(checkpoint);
    this.#floor = { sequence: last.sequence + 1, block };
  }

  /** Asks the ledger what it has. Once nothing is on its way any more, what is missing is sent again. */
  async #reconcile(signal: AbortSignal): Promise<void> {
    const { anchors, client, logId, tail } = this.#parts;
    // In this order: what the checkpoint does not have yet is in none of the blocks before.
    const block = await client.height(CHANNEL);
    const checkpoint = await anchors.checkpoint(logId);
    await tail.reached(checkpoint);
    this.#size = checkpoint.size;
    this.#floor ??= { sequence: checkpoint.size, block };
    await this.#repair();
    const [next] = await tail.next(1);
    this.#uncertain = next !== undefined && (await this.#stillUnderWay(next, signal));
  }

  async #repairInTime(): Promise<void> {
    const { time } = this.#parts;
    if (time.elapsed() - this.#repaired >= REPAIR_EVERY_MS) await this.#repair();
  }

  /** Marks what the ledger has and SQL does not say. */
  async #repair(): Promise<void> {
    const { tail, time } = this.#parts;
    const size = Math.max(this.#size, tail.anchored);
    const floor = this.#floor ?? { sequence: 0, block: 0 };
    for await (const place of anchoredButPending(this.#parts, size, floor)) await this.#committed(place);
    this.#repaired = time.elapsed();
  }

  /**
   * Whether a transaction that was sent came into a block after we had asked for the checkpoint. Each is waited for
   * once: SQL may name any as the last one that was sent.
   */
  async #stillUnderWay({ sequence }: Header, signal: AbortSignal): Promise<boolean> {
    const { client, outbox, time } = this.#parts;
    const numbers = { from: sequence, to: sequence + 1 };
    const transaction = this.#sent ?? (await outbox.pending(numbers, 1))[0]?.transaction ?? null;
    if (transaction === null || transaction === this.#awaited) return false;
    this.#awaited = transaction;
    for (let waited = 0; waited < GRACE_MS && !signal.aborted; waited += GRACE_STEP_MS) {
      const place = await client.transactionBlock(CHANNEL, transaction);
      if (place !== undefined) return place.valid;
      await pause(time, GRACE_STEP_MS, signal);
    }
    return false;
  }

  async #committed(place: CommittedPlace): Promise<void> {
    const { announce, logId, metrics, outbox } = this.#parts;
    await outbox.committed(place);
    const { from, to, transaction, block } = place;
    metrics.anchored.inc(to - from + 1);
    if (transaction !== null) announce({ logId, from, to, transaction, block });
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { log, metrics, time, troubles } = this.#parts;
    this.#uncertain = true;
    this.#failingSince ??= time.elapsed();
    const code = error instanceof BiotError ? error.code : 'INTERNAL';
    const reason = `${code}: ${error instanceof Error ? error.message : String(error)}`;
    metrics.anchorFailures.inc({ code });
    if (this.#logged.free(code, time.now())) log.warn({ err: error }, 'not anchored, trying again');
    this.#logged.use(code, time.now());
    if (CONTRADICTIONS.has(code)) await troubles.raise('anchoring', 'ANCHOR_CONFLICT', reason);
    else if (time.elapsed() - this.#failingSince >= STALLED_MS)
      await troubles.raise('anchoring', 'ANCHORING_STALLED', reason);
    await pause(time, this.#backoff.next(), signal);
  }

  /** Nothing is left to do, or something new came to the ledger: only that ends a row of failures. */
  #progressed(): void {
    this.#backoff.succeeded();
    this.#failingSince = undefined;
    this.#parts.troubles.clear('anchoring');
  }

  #sleep(signal: AbortSignal): Promise<void> {
    if (this.#woken) return Promise.resolve();
    const stop = new AbortController();
    const end = (): void => {
      stop.abort();
    };
    this.#wake = end;
    signal.addEventListener('abort', end);
    return pause(this.#parts.time, LOOK_EVERY_MS, stop.signal).finally(() => {
      this.#wake = undefined;
      signal.removeEventListener('abort', end);
    });
  }
}
