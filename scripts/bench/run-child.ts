import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

import type { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';

export interface ChildWork<Answer> {
  /** The script, by its path from the folder of the benches. */
  readonly script: string;
  readonly input: unknown;
  readonly answer: z.ZodType<Answer>;
  readonly interrupt: AbortSignal;
  /** Further options of Node.js. */
  readonly node?: readonly string[];
}

/**
 * Has a process of its own do a work, so that whoever is measured does not share a thread with whoever measures. It
 * reads its input as JSON from its standard input, and writes its answer as JSON to its standard output.
 *
 * @throws BiotError PROCESS_FAILED; what it wrote to standard error is on ours
 */
export async function runChild<Answer>({
  script,
  input,
  answer,
  interrupt,
  node = [],
}: ChildWork<Answer>): Promise<Answer> {
  const child = spawn(process.execPath, [...node, join(import.meta.dirname, script)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    signal: interrupt,
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(input));
  try {
    return answer.parse(await Promise.race([json(child.stdout), failed]));
  } catch (cause) {
    interrupt.throwIfAborted();
    throw new BiotError('PROCESS_FAILED', `${script} did not answer`, { cause });
  }
}
