import { Counter, Gauge, type Registry } from 'prom-client';

import { UPDATE_STATES } from '../../chaincode/protocol/firmware/rollout-state.ts';
import type { StoredRollout } from '../../sql/queries/rollouts.ts';
import { type Decision, DECISIONS } from '../rollouts/decisions.ts';

const UNDER_WAY = ['scheduled', 'running'] as const;

/** How rollouts come on, for Prometheus: as the engine saw them last. */
export class RolloutMetrics {
  readonly #rollouts: Gauge<'state'>;
  readonly #devices: Gauge<'state'>;
  readonly #downloads: Gauge;
  readonly #decisions: Counter<'action'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#rollouts = new Gauge({
      name: 'biot_ingest_rollouts',
      help: 'Rollouts that begin and go on by themselves',
      labelNames: ['state'],
      registers,
    });
    this.#devices = new Gauge({
      name: 'biot_ingest_rollout_devices',
      help: 'Devices of rollouts that run',
      labelNames: ['state'],
      registers,
    });
    this.#downloads = new Gauge({
      name: 'biot_ingest_rollout_downloads',
      help: 'Downloads of firmware that are under way, as devices report',
      registers,
    });
    this.#decisions = new Counter({
      name: 'biot_ingest_rollout_decisions_total',
      help: 'What the engine decided by itself',
      labelNames: ['action'],
      registers,
    });
    for (const action of DECISIONS) this.#decisions.inc({ action }, 0);
    this.underWay([]);
  }

  /** @param rollouts those that are scheduled or run */
  underWay(rollouts: readonly Pick<StoredRollout, 'state' | 'counts'>[]): void {
    for (const state of UNDER_WAY)
      this.#rollouts.set({ state }, rollouts.filter((rollout) => rollout.state === state).length);
    const devicesIn = (state: (typeof UPDATE_STATES)[number]): number =>
      rollouts.reduce((sum, { counts }) => sum + (counts[state] ?? 0), 0);
    for (const state of UPDATE_STATES) this.#devices.set({ state }, devicesIn(state));
    this.#downloads.set(devicesIn('downloading'));
  }

  decided(decisions: readonly Pick<Decision, 'action'>[]): void {
    for (const { action } of decisions) this.#decisions.inc({ action });
  }
}
