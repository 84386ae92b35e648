import type { Logger } from 'pino';

import type { AnchorLedger } from '../network/ledger/anchors.ts';
import type { LedgerClient } from '../network/ledger/client.ts';
import type { RegistryMirror } from '../network/mirror/registry-mirror.ts';
import { storedHeaders } from '../sql/queries/log-headers.ts';
import type { Queryable } from '../sql/query.ts';
import type { Transact } from '../sql/transaction.ts';
import { insertAlerts } from '../sql/writers/alerts.ts';
import { insertAuditEntries } from '../sql/writers/audit-logs.ts';
import { putDevices } from '../sql/writers/devices.ts';
import { Anchorer } from './anchoring/anchorer.ts';
import { databaseOutbox } from './anchoring/outbox.ts';
import type { IngestConfig } from './config.ts';
import type { DeliverySource, Publisher } from './delivery.ts';
import { DeviceProjection } from './device-projection.ts';
import { IngestMetrics } from './operations/metrics.ts';
import type { ReadinessChecks } from './operations/operations-server.ts';
import { Troubles } from './operations/troubles.ts';
import { Admission } from './pipeline/admission.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { ReceiptDesk } from './pipeline/receipt-desk.ts';
import { RefusalAudit } from './pipeline/refusal-audit.ts';
import { SilenceWatch } from './pipeline/silence-watch.ts';
import { verifyRelayed } from './pipeline/relayed-token.ts';
import { repeat } from './repeat.ts';
import { BatchWriter } from './store/batch-writer.ts';
import { type CheckpointKeeper, LogTail } from './store/log-tail.ts';
import { pause, type Time } from './time.ts';

/** Everything that the worker meets outside of itself. */
export interface WorkerParts {
  readonly config: IngestConfig;
  readonly database: Queryable;
  readonly transact: Transact;
  readonly mirror: RegistryMirror;
  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'>;
  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'>;
  /** Where the log's end on the ledger is kept, for a start while the ledger is away. */
  readonly keeper?: CheckpointKeeper;
  readonly broker: DeliverySource & Publisher;
  /** Makes partitions ahead and drops those that the retention has passed. */
  readonly maintain: () => Promise<void>;
  readonly log: Logger;
  readonly time: Time;
}

/** Of canonical messages; with its quoting it fits into MariaDB's smallest usual packet, 16 MiB. */
const BATCH_BYTES = 4 * 1024 * 1024;
const AUDIT_EVERY_MS = 1_000;
const MAINTAIN_EVERY_MS = 60 * 60_000;
const MAINTAIN_RETRY_MS = 60_000;
/** How long the last batches may take to be written when the worker stops. What is not written comes again. */
const DRAIN_MS = 10_000;

/** The ingest worker: everything between the broker, the database and the ledger. */
export class Worker {
  readonly metrics = new IngestMetrics();
  readonly #parts: WorkerParts;
  readonly troubles: Troubles;
  readonly #tail: LogTail;
  readonly #pipeline: Pipeline;
  readonly #anchorer: Anchorer;
  readonly #receipts: ReceiptDesk;
  readonly #refusals: RefusalAudit;
  readonly #silence: SilenceWatch;
  readonly #background = new AbortController();
  readonly #writing = new AbortController();
  #tasks: Promise<unknown> = Promise.resolve();
  #written: Promise<void> = Promise.resolve();

  constructor(parts: WorkerParts) {
    const { config, database, broker, mirror, time } = parts;
    const now = (): number => time.now();
    this.#parts = parts;
    this.#receipts = new ReceiptDesk(broker, time);
    this.#refusals = new RefusalAudit({
      actor: config.member,
      now,
      tenantOf: (device) => mirror.device(device)?.tenant,
      insert: (entries) => insertAuditEntries(database, entries),
    });
    this.#silence = new SilenceWatch({ mirror, now, insert: (alerts) => insertAlerts(database, alerts) });
    const logId = config.member;
    this.#tail = new LogTail({
      logId,
      stored: (numbers) => storedHeaders(database, logId, numbers),
      checkpoint: () => parts.anchors.checkpoint(logId),
      ...(parts.keeper && { keeper: parts.keeper }),
    });
    this.troubles = new Troubles({
      logId,
      alert: (alert) => insertAlerts(database, [alert]),
      log: parts.log.child({ module: 'troubles' }),
      now,
    });
    this.#anchorer = new Anchorer({
      ...parts,
      tail: this.#tail,
      troubles: this.troubles,
      logId: config.member,
      intervalMs: config.anchorIntervalMs,
      outbox: databaseOutbox(database, config.member, now),
      publisher: broker,
      metrics: this.metrics,
      log: parts.log.child({ module: 'anchorer' }),
    });
    this.#pipeline = this.#createPipeline(now);
    this.metrics.observeMirror(() => mirror.freshness().silentMs);
  }

  get checks(): ReadinessChecks {
    const { broker, database, mirror } = this.#parts;
    return {
      broker: () => broker.connected(),
      ledger: () => mirror.freshness().fresh,
      anchoring: () => this.troubles.reasons().anchoring === undefined,
      storage: () => this.troubles.reasons().storage === undefined,
      database: () =>
        database.query('SELECT 1').then(
          () => true,
          () => false,
        ),
    };
  }

  /** Resolves when the broker delivers. Waits for the ledger's devices before: without them all would be refused. */
  async start(): Promise<void> {
    const { broker, mirror } = this.#parts;
    this.#tasks = Promise.all([
      this.#anchorer.run(this.#background.signal),
      this.#projection().run(this.#background.signal),
      this.#repeat('audit', AUDIT_EVERY_MS, AUDIT_EVERY_MS, () => this.#refusals.flush()),
      this.#repeat('silence', AUDIT_EVERY_MS, AUDIT_EVERY_MS, () => this.#silence.flush()),
      this.#repeat('partitions', MAINTAIN_EVERY_MS, MAINTAIN_RETRY_MS, this.#parts.maintain),
    ]);
    this.#written = this.#pipeline.run(this.#writing.signal);
    await mirror.ready();
    if (this.#background.signal.aborted) return;
    await broker.start((delivery) => {
      this.#pipeline.receive(delivery);
    });
  }

  /** Writes what was delivered, sends the receipts, and ends everything that runs. The broker is closed last. */
  async stop(): Promise<void> {
    const { broker, log, time } = this.#parts;
    await broker.stop();
    this.#pipeline.end();
    await Promise.race([this.#written, pause(time, DRAIN_MS, this.#writing.signal)]);
    this.#writing.abort();
    await this.#written;
    this.#receipts.flush();
    this.#background.abort();
    await this.#tasks;
    this.#silence.close();
    await this.#refusals.flush({ all: true }).catch((error: unknown) => {
      log.warn({ err: error }, 'the last refusals are not in the audit trail');
    });
    await broker.close();
  }

  #createPipeline(now: () => number): Pipeline {
    const { broker, config, log, mirror, time, transact } = this.#parts;
    return new Pipeline({
      admission: new Admission({ mirror, now, settings: config }),
      verifyRelayed: (device, delivery) => verifyRelayed({ mirror, now }, device, delivery),
      writer: new BatchWriter({ logId: config.member, tail: this.#tail, transact, now }),
      troubles: this.troubles,
      receipts: this.#receipts,
      refusals: this.#refusals,
      silence: this.#silence,
      publisher: broker,
      metrics: this.metrics,
      log: log.child({ module: 'pipeline' }),
      time,
      queue: {
        batchItems: config.batchMessages,
        batchBytes: BATCH_BYTES,
        batchAgeMs: config.batchAgeMs,
        // Room beside what is owed: deliveries of QoS 0, and of connections that were lost.
        capacity: 2 * Math.max(broker.receiveMaximum, config.batchMessages),
      },
      onCommitted: () => {
        this.#anchorer.wake();
      },
    });
  }

  #projection(): DeviceProjection {
    const { database, log, mirror, time } = this.#parts;
    return new DeviceProjection({
      mirror,
      put: (devices) => putDevices(database, devices),
      log: log.child({ module: 'projection' }),
      time,
    });
  }

  #repeat(name: string, everyMs: number, retryMs: number, task: () => Promise<void>): Promise<void> {
    const { log, time } = this.#parts;
    return repeat({ name, everyMs, retryMs, task, log, time }, this.#background.signal);
  }
}
