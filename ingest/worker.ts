import type { SignedPurpose } from '../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../chaincode/protocol/device.ts';
import { anchoredTopic } from '../chaincode/protocol/topics.ts';
import { insertAlerts } from '../sql/writers/alerts.ts';
import { putDevices } from '../sql/writers/devices.ts';
import type { AlertWatch } from './alerts/alert-watch.ts';
import { watchAlerts } from './alerts/watch-alerts.ts';
import type { CoapHandler } from './coap/exchange.ts';
import { coapMemory } from './coap/memory.ts';
import { Observers } from './coap/observers.ts';
import { coapResources } from './coap/resources.ts';
import type { Delivery } from './delivery.ts';
import { DeviceProjection } from './device-projection.ts';
import { Downlink } from './downlink.ts';
import { ledgerHeard } from './ledger-heard.ts';
import { IngestMetrics } from './operations/metrics.ts';
import type { ReadinessChecks } from './operations/operations-server.ts';
import type { Troubles } from '../network/anchoring/troubles.ts';
import { Admission } from './pipeline/admission.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { ReceiptDesk } from './pipeline/receipt-desk.ts';
import { type MessageRefusals, messageRefusals } from './pipeline/refused-message.ts';
import { SilenceWatch } from './pipeline/silence-watch.ts';
import { openRelayed } from './pipeline/relayed-token.ts';
import { repeat } from '../network/repeat.ts';
import { BatchWriter } from './store/batch-writer.ts';
import { Standing } from './standing/standing.ts';
import { Upkeep } from './store/upkeep.ts';
import { OwnLog } from '../network/anchoring/own-log.ts';
import { RefusalAudit } from '../network/anchoring/refusal-audit.ts';
import { pause } from '../network/time.ts';
import { readinessChecks } from './operations/readiness-checks.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Of canonical messages; with its quoting it fits into MariaDB's smallest usual packet, 16 MiB. */
const BATCH_BYTES = 4 * 1024 * 1024;
const AUDIT_EVERY_MS = 1_000;
/** How long a reading may wait until rules have looked at it, and where they could not, until the next attempt. */
const ALERTS_EVERY_MS = 200;
const ALERTS_RETRY_MS = 1_000;
const LEARNT_EVERY_MS = 10 * 60_000;
/** How long the last batches may take to be written when the worker stops. What is not written comes again. */
const DRAIN_MS = 10_000;

/** The ingest worker: everything between the broker, the database and the ledger. */
export class Worker {
  readonly metrics = new IngestMetrics();
  readonly #parts: WorkerParts;
  readonly troubles: Troubles;
  readonly #ownLog: OwnLog;
  readonly #admission: Admission;
  readonly #pipeline: Pipeline;
  readonly #receipts: ReceiptDesk;
  readonly #refusals: RefusalAudit;
  readonly #downlink: Downlink;
  readonly #observers: Observers;
  readonly #silence: SilenceWatch;
  readonly #alerts: AlertWatch;
  readonly #standing: Standing;
  readonly #background = new AbortController();
  readonly #writing = new AbortController();
  #tasks: Promise<unknown> = Promise.resolve();
  #written: Promise<void> = Promise.resolve();
  #closeCoap = (): Promise<void> => Promise.resolve();

  constructor(parts: WorkerParts) {
    const { config, database, broker, mirror, time } = parts;
    const now = (): number => time.now();
    this.#parts = parts;
    this.#receipts = new ReceiptDesk(broker, time);
    this.#refusals = new RefusalAudit({ now, insert: (entries) => this.#ownLog.trail.record(entries) });
    this.#silence = new SilenceWatch({ mirror, now, insert: (alerts) => insertAlerts(database, alerts) });
    this.#ownLog = new OwnLog({
      ...parts,
      logId: config.member,
      intervalMs: config.anchorIntervalMs,
      announce: (anchored) => {
        broker.publish(anchoredTopic(anchored.logId), JSON.stringify(anchored), { qos: 0 });
      },
      metrics: this.metrics,
    });
    this.troubles = this.#ownLog.troubles;
    this.#alerts = watchAlerts({ ...parts, logId: config.member, now });
    const admission = new Admission({ mirror, now, settings: config });
    this.#admission = admission;
    this.#observers = new Observers(time, (device) => {
      this.#standing.waited(device);
    });
    this.#standing = new Standing({
      ...parts,
      service: config.member,
      admission,
      openRelayed: (device, delivery) => this.#openRelayed(device, delivery),
      refuser: (action) => this.#refuser(action),
    });
    this.#downlink = new Downlink({
      ...parts,
      service: config.member,
      admission,
      observers: this.#observers,
      waits: (device, forMs) => {
        this.#standing.waits(device, forMs);
      },
      openRelayed: (device, delivery) => this.#openRelayed(device, delivery, 'answer'),
      record: (entries) => this.#ownLog.trail.record(entries),
      refuser: (action) => this.#refuser(action),
      metrics: this.metrics,
    });
    this.#pipeline = this.#createPipeline(admission, now);
    this.metrics.observeMirror(() => mirror.freshness().silentMs);
    this.metrics.observeStandstills((name) => this.troubles.reasons()[name] !== undefined);
  }

  get checks(): ReadinessChecks {
    return readinessChecks(this.#parts, this.troubles);
  }

  /** Resolves when the broker delivers. Waits for the ledger's devices before: without them all would be refused. */
  async start(): Promise<void> {
    const { broker, mirror, time } = this.#parts;
    this.#ownLog.start();
    this.#tasks = Promise.all([
      this.#projection().run(this.#background.signal),
      this.#downlink.run(this.#background.signal),
      this.#repeat('audit', AUDIT_EVERY_MS, AUDIT_EVERY_MS, () => this.#refusals.flush()),
      this.#repeat('silence', AUDIT_EVERY_MS, AUDIT_EVERY_MS, () => this.#silence.flush()),
      this.#repeat('alerts', ALERTS_EVERY_MS, ALERTS_RETRY_MS, () => this.#alerts.work()),
      this.#repeat('detectors', LEARNT_EVERY_MS, LEARNT_EVERY_MS, () => this.#saveDetectors()),
      this.#standing.run(this.#background.signal),
      this.#upkeep().run(this.#background.signal),
    ]);
    this.#written = this.#pipeline.run(this.#writing.signal);
    await mirror.ready();
    await ledgerHeard(mirror, time, this.#background.signal);
    if (this.#background.signal.aborted) return;
    await broker.start((delivery) => {
      this.#deliver(delivery);
    });
    this.#closeCoap = await this.#parts.coap(this.#coapResources());
  }

  /** Writes what was delivered, sends the receipts, and ends everything that runs. The broker is closed last. */
  async stop(): Promise<void> {
    const { broker, log, time } = this.#parts;
    await Promise.all([broker.stop(), this.#closeCoap()]);
    this.#pipeline.end();
    await Promise.race([this.#written, pause(time, DRAIN_MS, this.#writing.signal)]);
    this.#writing.abort();
    await this.#written;
    this.#receipts.flush();
    this.#background.abort();
    await this.#tasks;
    await this.#saveDetectors().catch((error: unknown) => {
      log.warn({ err: error }, 'what the detectors of anomalies learnt is not kept');
    });
    this.#silence.close();
    const flushed = this.#refusals.flush({ all: true }).catch((error: unknown) => {
      log.warn({ err: error }, 'the last refusals are not in the audit trail');
    });
    await this.#ownLog.stop();
    await flushed;
    await broker.close();
  }

  #deliver(delivery: Delivery): void {
    if (this.#downlink.receive(delivery) || this.#standing.receive(delivery)) return;
    this.#pipeline.receive(delivery);
  }

  #createPipeline(admission: Admission, now: () => number): Pipeline {
    const { broker, config, log, time, transact } = this.#parts;
    return new Pipeline({
      admission,
      openRelayed: (device, delivery) => this.#openRelayed(device, delivery, 'telemetry'),
      writer: new BatchWriter({ logId: config.member, tail: this.#ownLog.tail, transact, now }),
      troubles: this.troubles,
      receipts: this.#receipts,
      refusals: this.#refuser('refuseTelemetry'),
      onTaken: (device) => {
        this.#silence.taken(device);
        this.#downlink.heard(device.id);
        this.#standing.heard(device);
      },
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
      onCommitted: (sequence, messages) => {
        this.#ownLog.wake();
        this.#alerts.stored(sequence, messages);
      },
    });
  }

  #openRelayed(device: Device, delivery: Delivery, purpose?: SignedPurpose): Promise<Delivery> {
    const { config, mirror, time } = this.#parts;
    const { certificateSuffices } = config;
    return openRelayed({ mirror, now: () => time.now(), certificateSuffices }, device, { delivery, purpose });
  }

  /** Where what devices are refused is counted. */
  #refuser(action: string): MessageRefusals {
    const { config, mirror, org } = this.#parts;
    const tenantOf = (id: string): string | undefined => mirror.device(id)?.tenant;
    return messageRefusals({ actor: config.member, org, action, tenantOf }, this.#refusals);
  }

  #saveDetectors(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.detectors.save();
      resolve();
    });
  }

  #upkeep(): Upkeep {
    const { config, org } = this.#parts;
    const record = this.#ownLog.trail.record.bind(this.#ownLog.trail);
    return new Upkeep({ ...this.#parts, actor: config.member, org, record });
  }

  #coapResources(): CoapHandler {
    const { mirror, time } = this.#parts;
    return coapResources({
      mirror,
      time,
      admission: this.#admission,
      ...coapMemory(time),
      observers: this.#observers,
      ...this.#parts.firmware,
      receive: (owner, delivery) => {
        this.#pipeline.receiveFrom(owner, delivery);
      },
      asked: (device, forMs) => {
        this.#downlink.asked(device, forMs);
      },
      answered: (owner, delivery) => {
        this.#downlink.answered(owner, delivery);
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
