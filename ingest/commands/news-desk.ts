import type { CommandNews } from '../../chaincode/protocol/command/news.ts';
import type { CommandState } from '../../chaincode/protocol/command/state.ts';
import { commandNewsTopic } from '../../chaincode/protocol/topics.ts';
import type { Publisher } from '../delivery.ts';
import type { CommandMetrics } from '../operations/command-metrics.ts';
import type { Stepped } from './step.ts';

/** Tells whoever watches, and counts, what was written about commands. Who misses it finds it in the database. */
export class NewsDesk {
  readonly #publisher: Publisher;
  readonly #metrics: CommandMetrics;

  constructor(publisher: Publisher, metrics: CommandMetrics) {
    this.#publisher = publisher;
    this.#metrics = metrics;
  }

  tell(changed: readonly Stepped[]): void {
    for (const { delivery, events } of changed) {
      for (const { command, device, state, at } of events) {
        this.#metrics.stepped(state, (at - delivery.queuedAt) / 1000);
        this.#publish(delivery.tenant, { id: command, device, state, at });
      }
    }
  }

  /** What the ledger decided about a command with so many devices. */
  decided(tenant: string, devices: number, state: CommandState, news: { id: string; at: number }): void {
    this.#metrics.decided(state, devices);
    this.#publish(tenant, { ...news, device: null, state });
  }

  #publish(tenant: string, news: CommandNews): void {
    this.#publisher.publish(commandNewsTopic(tenant), JSON.stringify(news), { qos: 0 });
  }
}
