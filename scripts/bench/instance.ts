import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createHome, type Home } from '../../network/home/home.ts';
import { stopProcess } from '../../network/processes/process-manager.ts';
import { stopEverything } from '../platform/processes.ts';
import { type PlatformOptions, startEverything } from '../platform/start-everything.ts';
import type { BenchContext } from './bench.ts';

/** How long a start that was interrupted may take to notice it. */
const GIVE_UP_MS = 20_000;

/**
 * Does `work` on a whole platform of its own: started as `npm start` does, but without the simulated devices, which
 * would be load beside the load. It is stopped and removed whatever happens.
 *
 * @throws the interrupt's reason, or what the start or the work threw
 */
export async function withInstance<Result>(
  { progress, interrupt, keep }: BenchContext,
  work: (home: Home) => Promise<Result>,
  options: PlatformOptions = {},
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'biot-bench-'));
  const home = createHome(root);
  progress.note(`an instance of its own in ${root}`);
  const interrupted = rejectionOf(interrupt);
  const started = startEverything(home, progress, options).then(() => stopProcess(home, 'simulator'));
  try {
    await Promise.race([started, interrupted]);
    return await Promise.race([work(home), interrupted]);
  } finally {
    await progress.step(keep ? 'stopping it' : 'stopping and removing it', async () => {
      await stopEverything(home);
      // A start in the midst of its work may have started one more in the meantime.
      await Promise.race([started.catch(() => undefined), delay(GIVE_UP_MS, undefined, { ref: false })]);
      await stopEverything(home);
      if (!keep) rmSync(root, { recursive: true, force: true });
    });
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    });
  });
  // Whoever races with it hears of it; between two races nobody does.
  rejection.catch(() => undefined);
  return rejection;
}
