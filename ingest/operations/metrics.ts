import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { RawMessage } from '../../chaincode/protocol/message.ts';
import type { Standing } from '../../network/anchoring/troubles.ts';

/** What a batch brought. */
export interface BatchCounts {
  readonly stored: readonly RawMessage[];
  readonly again: number;
  readonly conflicts: number;
}

export interface LinkNumbers {
  readonly connections: number;
  readonly delivered: number;
  readonly published: number;
  readonly dropped: number;
}

/** The worker's numbers, for Prometheus. Labels have few values: never a device's name. */
export class IngestMetrics {
  readonly registry = new Registry();
  readonly refused: Counter<'code'>;
  readonly forgotten: Counter;
  readonly writeFailures: Counter;
  readonly writeSeconds: Histogram;
  readonly anchored: Counter;
  readonly anchorSeconds: Histogram;
  readonly expired: Counter;
  readonly anchorFailures: Counter<'code'>;
  readonly #stored: Counter;
  readonly #again: Counter;
  readonly #readings: Counter;
  readonly #conflicts: Counter;
  readonly #batchSize: Histogram;

  constructor() {
    this.refused = this.#counter('refused_total', 'Messages that were refused', ['code']);
    this.forgotten = this.#counter('forgotten_total', 'Messages dropped for want of room, owed nothing');
    this.writeFailures = this.#counter('write_failures_total', 'Attempts to write a batch that failed');
    this.anchored = this.#counter('anchored_total', 'Headers committed to the ledger');
    this.anchorFailures = this.#counter('anchor_failures_total', 'Attempts to anchor that failed', ['code']);
    this.expired = this.#counter('expired_total', 'Readings deleted because their types do not keep them');
    this.#stored = this.#counter('messages_total', 'Messages stored');
    this.#again = this.#counter('redelivered_total', 'Messages that were stored before');
    this.#readings = this.#counter('readings_total', 'Readings stored');
    this.#conflicts = this.#counter('conflicts_total', 'Messages stored under a number used before');
    this.writeSeconds = this.#histogram(
      'write_seconds',
      'Time from a batch to its commit',
      [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
    );
    this.anchorSeconds = this.#histogram(
      'anchor_seconds',
      'Time from sending headers to the ledger to their commit',
      [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    );
    this.#batchSize = this.#histogram(
      'batch_messages',
      'New messages of a batch',
      [1, 4, 16, 64, 256, 1024, 4096],
    );
    collectDefaultMetrics({ register: this.registry });
  }

  written({ stored, again, conflicts }: BatchCounts): void {
    this.#stored.inc(stored.length);
    this.#readings.inc(stored.reduce((count, { values }) => count + values.length, 0));
    this.#again.inc(again);
    this.#conflicts.inc(conflicts);
    if (stored.length > 0) this.#batchSize.observe(stored.length);
  }

  /** Asked when the metrics are read. */
  observeQueue(size: () => number): void {
    this.#gauge('queue_messages', 'Messages that wait to be written', size);
  }

  /** @param link the broker link's own counters, which only grow */
  observeLink(link: LinkNumbers): void {
    this.#read('broker_connections_total', 'Connections made to the broker', () => link.connections);
    this.#read('delivered_total', 'Messages that the broker delivered', () => link.delivered);
    this.#read('published_total', 'Receipts and live readings published', () => link.published);
    this.#read('unpublished_total', 'Receipts and live readings dropped', () => link.dropped);
  }

  /** What stands still until people look at it, as the alerts say. */
  observeStandstills(standing: (name: Standing) => boolean): void {
    for (const name of ['anchoring', 'storage'] as const)
      this.#gauge(`${name}_stands_still`, `1 while ${name} waits for people: see the alerts`, () =>
        standing(name) ? 1 : 0,
      );
  }

  observeMirror(silentMs: () => number): void {
    this.#gauge('mirror_silent_seconds', 'Since when the ledger was not heard of', () => silentMs() / 1000);
  }

  observeOutbox(pending: () => number): void {
    this.#gauge('anchors_pending', 'Batches that are not on the ledger yet', pending);
  }

  #read(name: string, help: string, read: () => number): void {
    new Counter({
      name: `biot_ingest_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `biot_ingest_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: `biot_ingest_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `biot_ingest_${name}`, help, buckets, registers: [this.registry] });
  }
}
