import { Counter, Histogram, type Registry } from 'prom-client';

import type { CommandState } from '../../chaincode/protocol/command/state.ts';

/** How commands come on, for Prometheus. */
export class CommandMetrics {
  readonly #steps: Counter<'state'>;
  readonly #seconds: Histogram<'state'>;

  constructor(registry: Registry) {
    this.#steps = new Counter({
      name: 'biot_ingest_command_steps_total',
      help: 'Commands that came into a state, each device counted',
      labelNames: ['state'],
      registers: [registry],
    });
    this.#seconds = new Histogram({
      name: 'biot_ingest_command_seconds',
      help: 'Time from when a command was queued to when it came into a state',
      labelNames: ['state'],
      buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 30, 300, 3600],
      registers: [registry],
    });
  }

  /** The ledger's decision about a command with so many devices. */
  decided(state: CommandState, devices: number): void {
    this.#steps.inc({ state }, devices);
  }

  stepped(state: CommandState, seconds: number): void {
    this.#steps.inc({ state });
    this.#seconds.observe({ state }, Math.max(0, seconds));
  }
}
