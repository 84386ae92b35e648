import type { Duplex } from 'node:stream';

import { type CommandAnswer, orderSchema } from '../../../chaincode/protocol/command/wire.ts';
import { answerTopic, commandTopic, type TopicOwner } from '../../../chaincode/protocol/topics.ts';
import { BrokerStream } from '../load/broker-stream.ts';

/**
 * A device that does at once whatever it is ordered to, made to cost little: what the library in ingest/device keeps on
 * disk is in memory here. It answers twice, that it has the order and that it is done.
 */
export class CommandLink {
  readonly #stream: BrokerStream;
  readonly #owner: TopicOwner;
  readonly #done = new Set<string>();
  #failure: Error | undefined;

  constructor(stream: Duplex, owner: TopicOwner) {
    this.#owner = owner;
    this.#stream = new BrokerStream(
      stream,
      { device: owner.device, topic: commandTopic(owner) },
      {
        received: ({ payload }) => {
          this.#take(orderSchema.parse(JSON.parse(payload.toString())).id);
        },
        failed: (reason) => {
          this.#failure ??= reason;
        },
      },
    );
  }

  /** Resolves when the broker has granted the subscription to orders. */
  get ready(): Promise<unknown> {
    return this.#stream.ready;
  }

  /** Why the connection is over, when it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Orders that it has done. */
  get done(): ReadonlySet<string> {
    return this.#done;
  }

  close(): void {
    this.#stream.close();
  }

  #take(id: string): void {
    this.#done.add(id);
    const answers: CommandAnswer[] = [
      { id, state: 'acknowledged' },
      { id, state: 'succeeded', result: { done: true } },
    ];
    const topic = answerTopic(this.#owner);
    const properties = { correlationData: Buffer.from(id) };
    this.#stream.publish(answers.map((answer) => ({ topic, payload: JSON.stringify(answer), properties })));
  }
}
