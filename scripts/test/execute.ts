import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from '../../network/home/home.ts';

export interface Execution {
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupt?: AbortSignal;
  /** The file to whose end goes what it prints; to the terminal unless told. */
  readonly log?: string | undefined;
}

/** A terminal's Ctrl-C reaches the program by itself; a second signal does it no harm. @returns its exit code */
export function execute(
  command: string,
  args: readonly string[],
  { env = {}, interrupt, log }: Execution,
): Promise<number> {
  return new Promise((resolve) => {
    // A file and no pipe: nobody has to read it, and what the program leaves running keeps nobody waiting.
    const sink = log === undefined ? 'inherit' : openSync(log, 'a');
    const child = spawn(command, args, {
      cwd: CHECKOUT,
      stdio: ['ignore', sink, sink],
      env: {
        ...process.env,
        PATH: `${join(CHECKOUT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
        ...env,
      },
    });
    if (typeof sink === 'number') closeSync(sink);
    const end = (): void => {
      child.kill('SIGTERM');
    };
    interrupt?.addEventListener('abort', end, { once: true });
    const finish = (code: number): void => {
      interrupt?.removeEventListener('abort', end);
      resolve(code);
    };
    child.once('error', () => {
      finish(127);
    });
    child.once('exit', (code) => {
      finish(code ?? 1);
    });
  });
}
