import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { DevicesWork } from './devices-work.ts';

/** Devices of the library that can be killed and come back. */
export class MortalDevices {
  readonly #work: DevicesWork;
  #process: ChildProcess | undefined;

  constructor(work: DevicesWork) {
    this.#work = work;
  }

  async start(): Promise<void> {
    const started = fork(join(import.meta.dirname, 'devices-main.ts'));
    this.#process = started;
    started.send(this.#work);
    const ended = once(started, 'exit').then(() => {
      throw new BiotError('PROCESS_FAILED', 'the process with the devices has ended');
    });
    await Promise.race([once(started, 'message'), ended]);
    ended.catch(() => undefined);
  }

  /** As a power failure would. */
  async killAndStart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
    this.#process = undefined;
  }
}
