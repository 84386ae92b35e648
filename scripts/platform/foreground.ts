import { setTimeout as delay } from 'node:timers/promises';

import type { Home } from '../../network/home/home.ts';
import { allStatuses } from './processes.ts';

const LOOK_EVERY_MS = 2_000;

/** Stays until the signal, and says when a process is gone that nobody stopped. */
export async function watchUntilInterrupted(home: Home, signal: AbortSignal): Promise<void> {
  const told = new Set<string>();
  while (!signal.aborted) {
    for (const { name, state } of allStatuses(home)) {
      if (state === 'running') told.delete(name);
      if (state !== 'crashed' || told.has(name)) continue;
      told.add(name);
      process.stderr.write(
        `${name} has ended (see ${home.path('logs', `${name}.log`)}); npm start starts it again\n`,
      );
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
