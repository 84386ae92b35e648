import type { Order } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { commandTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { OrderSource } from '../commands/order-polls.ts';

type Listener = Parameters<OrderSource['listen']>[0];

/** The broker, as far as orders go: what nobody asked for is lost. */
export class FakeOrders implements OrderSource {
  connected = true;
  /** Topics that are read at the moment. */
  readonly topics = new Set<string>();
  /** How long each that asked was to wait, in milliseconds. */
  readonly waits: number[] = [];
  #listener: Listener = () => undefined;
  #onAsk: () => void = () => undefined;

  ask(owner: TopicOwner, waitMs: number): void {
    if (!this.connected) throw new BiotError('BROKER_UNAVAILABLE', 'the broker is not connected');
    this.topics.add(commandTopic(owner));
    this.waits.push(waitMs);
    this.#onAsk();
  }

  leave(owner: TopicOwner): void {
    this.topics.delete(commandTopic(owner));
  }

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  /** Resolves when somebody asks the next time. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAsk = resolve;
    });
  }

  /** @returns whether somebody took it */
  send(owner: TopicOwner, order: Order | string): boolean {
    const topic = commandTopic(owner);
    if (!this.topics.has(topic)) return false;
    this.#listener(topic, Buffer.from(typeof order === 'string' ? order : JSON.stringify(order)));
    return true;
  }
}
