import { z } from 'zod';

import { type Registration, registrationSchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readKeyCell } from './key-cell.ts';
import { type Problem, quote } from './problems.ts';

/** A row as a file has it. */
export interface Row {
  readonly line: number;
  /** What its syntax alone says. */
  readonly problems: readonly Problem[];
  /** What should be a registration; absent when the row cannot be read. */
  readonly candidate?: unknown;
}

/** A file's rows, or why it has none that can be told apart. */
export interface FileRows {
  readonly problems: readonly Problem[];
  readonly rows: Iterable<Row>;
}

/** A row that can be registered. */
export interface Entry {
  readonly line: number;
  readonly registration: Registration;
}

/** The key is judged by itself, so that every bad key is a KEY_INVALID. */
const candidateSchema = registrationSchema.extend({ publicKey: z.string() });
/** What is good of a row that is bad otherwise. */
const partsSchema = z.object({
  id: registrationSchema.shape.id.optional().catch(undefined),
  publicKey: z.string().optional().catch(undefined),
});

export interface CheckedRow {
  /** The device's id, if the row has a good one: a row that is bad otherwise names it all the same. */
  readonly id?: string;
  readonly entry?: Entry;
  readonly problems: readonly Problem[];
}

/** @param nameOf what the file calls a field of a registration */
export function checkRow({ line, problems, candidate }: Row, nameOf: (field: string) => string): CheckedRow {
  if (candidate === undefined) return { problems };
  const parsed = candidateSchema.safeParse(candidate);
  const { id, publicKey: key } = partsSchema.safeParse(candidate).data ?? {};
  const named = id === undefined ? {} : { id };
  const found = parsed.success
    ? [...problems]
    : [...problems, ...issues(parsed.error, line, candidate, nameOf)];
  const publicKey = key === undefined ? undefined : readKeyCell(key);
  if (publicKey instanceof BiotError) {
    found.push({ line, column: nameOf('publicKey'), code: publicKey.code, message: publicKey.message });
  }
  if (!parsed.success || typeof publicKey !== 'string' || found.length > 0)
    return { ...named, problems: found };
  return { ...named, entry: { line, registration: { ...parsed.data, publicKey } }, problems: [] };
}

/** One for each column. */
function issues(
  { issues: found }: z.ZodError,
  line: number,
  candidate: unknown,
  nameOf: (field: string) => string,
): Problem[] {
  const problems = new Map<PropertyKey | undefined, Problem>();
  for (const { path, message } of found) {
    const [field] = path;
    if (problems.has(field)) continue;
    const column = field === undefined ? null : nameOf(String(field));
    problems.set(field, {
      line,
      column,
      code: 'INVALID_ARGUMENT',
      message: `${message}${given(candidate, path)}`,
    });
  }
  return [...problems.values()];
}

/** What stands there, for whoever looks for it in the file. */
function given(candidate: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    candidate,
  );
  return typeof value === 'string' && value !== '' ? `: ${quote(value)}` : '';
}
