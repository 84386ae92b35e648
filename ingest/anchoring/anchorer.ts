import type { Logger } from 'pino';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { type Header, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { Anchored } from '../../chaincode/protocol/receipt.ts';
import { anchoredTopic } from '../../chaincode/protocol/topics.ts';
import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { LedgerClient } from '../../network/ledger/client.ts';
import type { PendingAnchor } from '../../sql/queries/outbox.ts';
import { Backoff } from '../backoff.ts';
import type { Publisher } from '../delivery.ts';
import type { IngestMetrics } from '../operations/metrics.ts';
import { pause, type Time } from '../time.ts';
import { findAnchors } from './find-anchors.ts';
import type { AnchorPlace, Outbox } from './outbox.ts';

export interface AnchorerParts {
  readonly logId: string;
  /**
   * Milliseconds from one transaction to the next while there is little to do: what is sealed meanwhile goes into one
   * transaction, whose cost is that of one header.
   */
  readonly intervalMs: number;
  readonly outbox: Outbox;
  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'>;
  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'>;
  readonly publisher: Publisher;
  readonly metrics: IngestMetrics;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly time: Time;
}

const CHANNEL = 'anchors';
const RETRY = { firstMs: 250, longestMs: 15_000 };
/** Also without being woken: another process may have written to the outbox. */
const LOOK_EVERY_MS = 5_000;
/** A transaction that an orderer took may come into a block late: before it is sent again, it gets so long. */
const GRACE_MS = 5_000;
const GRACE_STEP_MS = 250;

/** The ledger and the database contradict each other. Waiting does not help; people must look. */
const CONTRADICTIONS: ReadonlySet<ErrorCode> = new Set(['ANCHOR_CONFLICT', 'ANCHOR_GAP']);

/**
 * Brings a log's headers from the outbox to the ledger, in order, with one transaction on its way at a time. After a
 * start and after every failure it first asks the ledger what it has, so that a transaction whose fate was unknown is
 * neither lost nor counted twice. Whatever fails is tried again for ever: readings are stored meanwhile, and their
 * anchors follow.
 */
export class Anchorer {
  readonly #parts: AnchorerParts;
  readonly #backoff: Backoff;
  /** Whether the outbox may be behind the ledger. */
  #uncertain = true;
  #alerted = false;
  #pending = 0;
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(parts: AnchorerParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
    parts.metrics.observeOutbox(() => this.#pending);
  }

  /** Tells that something was sealed. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Runs until the signal is aborted; a transaction that is on its way then is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, time } = this.#parts;
    while (!signal.aborted) {
      try {
        const started = time.elapsed();
        const done = await this.step(signal);
        this.#backoff.succeeded();
        if (done === 'nothing') await this.#sleep(signal);
        if (done === 'appended' && this.#pending < MAX_HEADERS) {
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
    const pending = await this.#parts.outbox.pending(MAX_HEADERS);
    this.#pending = pending.length;
    if (pending.length === 0) return 'nothing';
    refuseChanged(pending);
    if (this.#uncertain) {
      await this.#reconcile(pending, signal);
      return 'reconciled';
    }
    await this.#append(pending.map(({ header }) => header));
    return 'appended';
  }

  async #append(headers: readonly Header[]): Promise<void> {
    const { anchors, logId, outbox } = this.#parts;
    const [first, last] = [headers[0], headers.at(-1)];
    if (first === undefined || last === undefined) return;
    const { transaction, block } = await anchors.append(logId, headers, {
      onPrepared: (prepared) => outbox.submitted(headers, prepared),
    });
    await this.#committed({ from: first.sequence, to: last.sequence, transaction, block });
  }

  /** Marks what the ledger has already. When there is nothing of the kind, the log is in order again. */
  async #reconcile(pending: readonly PendingAnchor[], signal: AbortSignal): Promise<void> {
    const { anchors, client, logId, outbox } = this.#parts;
    const { size } = await anchors.checkpoint(logId);
    const known = pending.map(({ header }) => header).filter(({ sequence }) => sequence < size);
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined) {
      this.#uncertain = await this.#stillUnderWay(pending, signal);
      return;
    }
    refuseDifferent(known, await anchors.list(logId, first.sequence, known.length));
    const block = (await outbox.lastBlock()) ?? 0;
    const range = { logId, from: first.sequence, to: last.sequence, block };
    for (const place of await findAnchors(client, range)) await this.#committed(place);
  }

  /** Whether a transaction that was sent came into a block after we had asked for the checkpoint. */
  async #stillUnderWay(pending: readonly PendingAnchor[], signal: AbortSignal): Promise<boolean> {
    const { client, time } = this.#parts;
    const transaction = pending[0]?.transaction ?? null;
    if (transaction === null) return false;
    for (let waited = 0; waited < GRACE_MS && !signal.aborted; waited += GRACE_STEP_MS) {
      const place = await client.transactionBlock(CHANNEL, transaction);
      if (place !== undefined) return place.valid;
      await pause(time, GRACE_STEP_MS, signal);
    }
    return false;
  }

  async #committed(place: AnchorPlace): Promise<void> {
    const { logId, metrics, outbox, publisher } = this.#parts;
    await outbox.committed(place);
    const { from, to, block } = place;
    metrics.anchored.inc(to - from + 1);
    const anchored: Anchored = { logId, from, to, block };
    publisher.publish(anchoredTopic(logId), JSON.stringify(anchored), { qos: 0 });
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { log, metrics, time } = this.#parts;
    this.#uncertain = true;
    const code = error instanceof BiotError ? error.code : 'INTERNAL';
    metrics.anchorFailures.inc({ code });
    log.warn({ err: error }, 'not anchored, trying again');
    if (CONTRADICTIONS.has(code)) await this.#contradicted(error);
    await pause(time, this.#backoff.next(), signal);
  }

  /** Once in the life of the process: it does not go away by being told again. */
  async #contradicted(error: unknown): Promise<void> {
    const { log, logId, outbox, time } = this.#parts;
    if (this.#alerted) return;
    const message = error instanceof Error ? error.message : String(error);
    log.error({ err: error }, 'the ledger and the database contradict each other: anchoring has stopped');
    try {
      await outbox.alert({
        device: null,
        tenant: null,
        type: 'ANCHOR_CONFLICT',
        severity: 'critical',
        value: null,
        details: { logId, message },
        createdAt: time.now(),
      });
      this.#alerted = true;
    } catch (cause) {
      log.warn({ err: cause }, 'the alert could not be stored');
    }
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

/** What somebody changed between sealing and anchoring must not get the ledger's seal. */
function refuseChanged(pending: readonly PendingAnchor[]): void {
  const changed = pending.find(({ intact }) => !intact);
  if (changed === undefined) return;
  throw new BiotError('ANCHOR_CONFLICT', `header ${changed.header.sequence} was changed in the database`);
}

function refuseDifferent(ours: readonly Header[], theirs: readonly Header[]): void {
  for (const [index, header] of ours.entries()) {
    const other = theirs[index];
    const same =
      other?.sequence === header.sequence &&
      other.size === header.size &&
      other.root === header.root &&
      other.previous === header.previous &&
      other.ranges === header.ranges;
    if (!same) throw new BiotError('ANCHOR_CONFLICT', `the ledger has another header ${header.sequence}`);
  }
}
