import { createHash } from 'node:crypto';

/**
 * What a peer's answer says, taken apart: the path of each value (`press-07.status`) to the value. Under the empty path
 * stands the answer as a whole, or its hash.
 */
export type Facts = Readonly<Record<string, string>>;

/** One value about which a peer and those it is held against differ; `null` where one says nothing. */
export interface Difference {
  readonly field: string;
  readonly says: string | null;
  readonly others: string | null;
}

/** What a value is called that stands alone. */
const ROOT = 'value';

/** What our records are named by, in the order in which a name is looked for. */
const NAMES = ['id', 'logId', 'name', 'sequence'] as const;

/**
 * Takes a JSON text apart. In lists, records go by their names and not by their places. Paths are for people: two texts
 * may have the same ones, so the hash of the text is a fact of its own.
 *
 * @throws SyntaxError when it is none
 */
export function factsOfJson(text: string): Facts {
  const hash = createHash('sha256').update(text).digest('hex');
  return Object.fromEntries([...leaves(JSON.parse(text), ROOT), ['', hash]]);
}

function leaves(value: unknown, path: string): [path: string, value: string][] {
  if (Array.isArray(value)) {
    return value.length === 0
      ? [[path, '[]']]
      : value.flatMap((entry: unknown, index) => leaves(entry, join(path, nameOf(entry) ?? String(index))));
  }
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, '{}']];
  return entries.flatMap(([key, entry]: [string, unknown]) => leaves(entry, join(path, key)));
}

function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(entry));
  const name = NAMES.map((field) => fields.get(field)).find((value) => value !== undefined);
  return typeof name === 'string' || typeof name === 'number' ? String(name) : undefined;
}

function join(path: string, segment: string): string {
  return path === ROOT ? segment : `${path}.${segment}`;
}

/** The same text for the same facts, whatever the order they came in. */
export function fingerprint(facts: Facts): string {
  return JSON.stringify(Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** That the whole differs is said only where no part does. */
export function differences(says: Facts, others: Facts): Difference[] {
  const fields = [...new Set([...Object.keys(says), ...Object.keys(others)])];
  const differing = fields.filter((field) => valueOf(says, field) !== valueOf(others, field));
  const parts = differing.filter((field) => field !== '');
  return (parts.length > 0 ? parts : differing).map((field) => ({
    field,
    says: valueOf(says, field),
    others: valueOf(others, field),
  }));
}

/** A liar may name a field `constructor`, which every object has. */
function valueOf(facts: Facts, field: string): string | null {
  return Object.hasOwn(facts, field) ? (facts[field] ?? null) : null;
}
