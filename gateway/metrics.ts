import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is read at each scrape. */
export interface MetricSources {
  sessions(): number;
  liveConnections(): number;
  exports(): number;
  devices(): number;
  ledgerSilentMs(): number;
}

/** Prometheus metrics of this process, in a registry of their own so that tests can have many. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #problems: Counter<'code'>;
  /** Of the gateway's own log. */
  readonly anchored: Counter;
  readonly anchorFailures: Counter<'code'>;
  readonly anchorSeconds: Histogram;
  readonly #ledger: Histogram<'call'>;
  readonly #exported: Counter;

  constructor() {
    const registers = [this.#registry];
    this.#requests = new Histogram({
      name: 'biot_gateway_request_seconds',
      help: 'Time from a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.#problems = new Counter({
      name: 'biot_gateway_problems_total',
      help: 'Problem documents sent, by code',
      labelNames: ['code'],
      registers,
    });
    this.anchored = new Counter({
      name: 'biot_gateway_anchored_total',
      help: 'Headers of the audit trail committed to the ledger',
      registers,
    });
    this.anchorFailures = new Counter({
      name: 'biot_gateway_anchor_failures_total',
      help: 'Attempts to anchor the audit trail that failed',
      labelNames: ['code'],
      registers,
    });
    this.anchorSeconds = new Histogram({
      name: 'biot_gateway_anchor_seconds',
      help: 'Time from sending headers of the audit trail to the ledger to their commit',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#ledger = new Histogram({
      name: 'biot_gateway_ledger_seconds',
      help: 'Time from a call to the ledger to its answer or refusal; of submit, to the commit',
      labelNames: ['call'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#exported = new Counter({
      name: 'biot_gateway_exported_readings_total',
      help: 'Readings written into exports',
      registers,
    });
  }

  /** Asked at each scrape. */
  observeOutbox(pending: () => number): void {
    this.#gauge(
      'biot_gateway_anchors_pending',
      'Batches of the audit trail that are not on the ledger yet',
      pending,
    );
  }

  /** @param call how the ledger was asked */
  ledger(call: 'evaluate' | 'corroborate' | 'submit', seconds: number): void {
    this.#ledger.observe({ call }, seconds);
  }

  exported(readings: number): void {
    this.#exported.inc(readings);
  }

  /** @param route the template, such as `/api/v1/devices/{id}`: one time series for each, however many devices */
  request(labels: { method: string; route: string; status: number }, seconds: number): void {
    this.#requests.observe(labels, seconds);
  }

  problem(code: string): void {
    this.#problems.inc({ code });
  }

  /** Node's own figures too: once a process, for they keep observers. */
  watch(sources: MetricSources): void {
    collectDefaultMetrics({ register: this.#registry, prefix: 'biot_gateway_' });
    this.#gauge('biot_gateway_sessions', 'Sessions that are open', () => sources.sessions());
    this.#gauge('biot_gateway_live_connections', 'WebSockets that are open', () => sources.liveConnections());
    this.#gauge('biot_gateway_exports', 'Exports that are being sent', () => sources.exports());
    this.#gauge('biot_gateway_devices', 'Devices in the copy of the registry', () => sources.devices());
    this.#gauge(
      'biot_gateway_ledger_silent_seconds',
      'Time since the ledger confirmed the copy of the registry',
      () => sources.ledgerSilentMs() / 1000,
    );
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get mediaType(): string {
    return this.#registry.contentType;
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}
