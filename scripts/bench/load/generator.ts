import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { TopicOwner } from '../../../chaincode/protocol/topics.ts';
import type { Home } from '../../../network/home/home.ts';
import { type Answer, answerSchema, type Order, type Outcome, type Publish } from './orders.ts';

/** What publishes, from the side of the bench. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Starts the process and connects the devices.
   *
   * @throws BiotError PROCESS_FAILED with what it said
   */
  static async start(home: Home, fleet: readonly TopicOwner[]): Promise<LoadGenerator> {
    const generator = new LoadGenerator(fork(join(import.meta.dirname, 'main.ts')));
    try {
      await generator.#ask({
        kind: 'connect',
        broker: {
          port: home.ports.mqtt,
          authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
        },
        folder: home.path('devices'),
        fleet: [...fleet],
      });
    } catch (error) {
      generator.stop();
      throw error;
    }
    return generator;
  }

  /**
   * Publishes for a while, and waits for the receipts of all.
   *
   * @throws BiotError PROCESS_FAILED when a connection ended, or the process
   */
  async publish(order: Omit<Publish, 'kind'>): Promise<Outcome> {
    const answer = await this.#ask({ kind: 'publish', ...order });
    if (answer.kind !== 'published') throw failure(`it answered ${answer.kind}`);
    return answer.outcome;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  async #ask(order: Order): Promise<Answer> {
    const answer = await this.#exchange(order);
    if (answer.kind === 'failed') throw failure(answer.message);
    return answer;
  }

  #exchange(order: Order): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const ended = (): void => {
      reject(failure('it has ended'));
    };
    this.#child.once('exit', ended);
    this.#child.once('message', (message) => {
      this.#child.off('exit', ended);
      try {
        resolve(answerSchema.parse(message));
      } catch (error) {
        reject(failure(String(error)));
      }
    });
    this.#child.send(order);
    return promise;
  }
}

function failure(why: string): BiotError {
  return new BiotError('PROCESS_FAILED', `the load generator: ${why}`);
}
