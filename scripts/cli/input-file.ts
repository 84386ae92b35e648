/** Files that a command is called with: whatever is wrong with one is said with its name, without a stack. */
import { readFileSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';

/** @throws BiotError INVALID_ARGUMENT */
export function readInput(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

/** For a file that is read in pieces later: what was done by then would stand. @throws BiotError INVALID_ARGUMENT */
export async function requireReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if (!(await stat(file)).isFile()) throw new Error('it is no file');
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

/** @throws BiotError INVALID_ARGUMENT */
export function readJsonInput(file: string): unknown {
  const text = readInput(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', `${file} is not JSON`, { cause });
  }
}

/** @param what it has to be: `draft of a release`. @throws BiotError INVALID_ARGUMENT naming the file and each wrong field */
export function readInputAs<Schema extends z.ZodType>(
  file: string,
  what: string,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(readJsonInput(file));
  if (parsed.success) return parsed.data;
  throw new BiotError('INVALID_ARGUMENT', `${file} is no ${what}:\n${z.prettifyError(parsed.error)}`);
}

function cannotRead(file: string, cause: unknown): BiotError {
  return new BiotError('INVALID_ARGUMENT', `cannot read ${file}`, { cause });
}
