import { z } from 'zod';

import { type Registration, registrationSchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CheckedKey } from '../../chaincode/protocol/public-key.ts';
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
  /** Each is made when it is asked for; undefined where there is none, so that a reader can pause there, too. */
  readonly rows: Iterable<Row | undefined>;
}

/** A row that can be registered. */
export interface Entry {
  readonly line: number;
  readonly registration: Registration;
  readonly keyFingerprint: string;
}

/** The key is judged by itself, so that every bad key is a KEY_INVALID. */
const candidateSchema = registrationSchema.extend({ publicKey: z.string() });
/** What is good of a row that is bad otherwise. */
const partsSchema = z.object({
  id: registrationSchema.shape.id.optional().catch(undefined),
  publicKey: z.string().optional().catch(undefined),
  type: registrationSchema.shape.type.optional().catch(undefined),
});

export interface CheckedRow {
  /** The device's id, if the row has a good one: a row that is bad otherwise names it all the same. */
  readonly id: string | undefined;
  /** So with its key. */
  readonly keyFingerprint: string | undefined;
  /** And with its type. */
  readonly type: string | undefined;
  readonly entry: Entry | undefined;
  readonly problems: readonly Problem[];
}

/** @param nameOf what the file calls a field of a registration */
export function checkRow({ line, problems, candidate }: Row, nameOf: (field: string) => string): CheckedRow {
  const parsed = candidateSchema.safeParse(candidate);
  const { id, type, publicKey: cell } = partsSchema.safeParse(candidate).data ?? {};
  const read = cell === undefined ? undefined : readKeyCell(cell);
  const key = read instanceof BiotError ? undefined : read;
  const found = [...problems];
  if (candidate !== undefined && !parsed.success)
    found.push(...issues(parsed.error, line, candidate, nameOf));
  if (read instanceof BiotError)
    found.push({ line, column: nameOf('publicKey'), code: read.code, message: read.message });
  const entry = found.length === 0 ? entryOf(line, parsed.data, key) : undefined;
  return { id, keyFingerprint: key?.keyFingerprint, type, entry, problems: found };
}

function entryOf(
  line: number,
  registration: Registration | undefined,
  key: CheckedKey | undefined,
): Entry | undefined {
  if (registration === undefined || key === undefined) return undefined;
  const { publicKey, keyFingerprint } = key;
  return { line, registration: { ...registration, publicKey }, keyFingerprint };
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
