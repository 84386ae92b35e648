import type { Logger } from 'pino';

import { pause, type Time } from './time.ts';

export interface RepeatOptions {
  readonly name: string;
  readonly everyMs: number;
  /** Until the next attempt after a failure. */
  readonly retryMs: number;
  readonly task: () => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

/** Does a task again and again until the signal is aborted. A failure is logged and ends nothing. */
export async function repeat(options: RepeatOptions, signal: AbortSignal): Promise<void> {
  const { name, everyMs, retryMs, task, log, time } = options;
  while (!signal.aborted) {
    const failed = await task().then(
      () => false,
      (error: unknown) => {
        log.warn({ err: error, task: name }, 'failed, trying again later');
        return true;
      },
    );
    await pause(time, failed ? retryMs : everyMs, signal);
  }
}
