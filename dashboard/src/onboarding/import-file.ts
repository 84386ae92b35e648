import type { ImportFile } from '../api/onboarding.ts';

/** What the gateway takes: more is several files. */
const MAX_BYTES = 32 * 1024 * 1024;

const TYPES: Readonly<Record<string, ImportFile['type']>> = { csv: 'text/csv', json: 'application/json' };

/** A chosen file as the gateway takes it, or why it does not. Its name decides: browsers disagree about CSV's type. */
export function importFileOf(file: File): ImportFile | { error: string } {
  const type = TYPES[file.name.split('.').at(-1)?.toLowerCase() ?? ''];
  if (type === undefined) return { error: `${file.name} is neither .csv nor .json.` };
  if (file.size === 0) return { error: `${file.name} is empty.` };
  if (file.size > MAX_BYTES) return { error: `${file.name} is larger than 32 MB: make several files of it.` };
  return { name: file.name, type, content: file };
}

/** What a file looks like, for those who have none yet. */
export const EXAMPLE_CSV = [
  'id,tenant,type,public_key,groups,tags',
  'press-01,acme,press,"-----BEGIN PUBLIC KEY-----\\n…\\n-----END PUBLIC KEY-----",hall-7;line-2,site=Ulm;cabinet=B 12',
].join('\n');

/** Lines whose problems are not listed each, as ranges: "12, 20 to 31". */
export function rangesText(ranges: readonly (readonly [first: number, last: number])[]): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first} to ${last}`)).join(', ');
}
