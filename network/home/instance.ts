import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';

/** Grows when what the contracts wrote before cannot be read any more. */
export const LEDGER_LAYOUT = 3;

/** What a home remembers about itself: `instance.json`. */
const instanceSchema = z.strictObject({
  portBase: z.int().min(1024).max(65_000),
  /** Of the ledger that was begun here. */
  layout: z.int().min(1).default(1),
});

export type Instance = z.infer<typeof instanceSchema>;

export function instanceFile(root: string): string {
  return join(root, 'instance.json');
}

/**
 * @returns undefined when there is no home at `root`.
 * @throws BiotError SETUP_FAILED when the file is there and cannot be understood.
 */
export function readInstance(root: string): Instance | undefined {
  const file = instanceFile(root);
  if (!existsSync(file)) return undefined;
  try {
    return instanceSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new BiotError('SETUP_FAILED', `${file} is damaged`, { cause: error });
  }
}
