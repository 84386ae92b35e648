/** The dialog in which a command is sent: its texts, and the request that they make. */
import type { CatalogueEntry, CommandRequest } from '../api/types.ts';
import { wordsOf } from '../format/words-of.ts';
import { parametersFromText, parametersOf, type ParametersDraft } from './parameters-draft.ts';

export interface IssueDraft {
  id: string;
  type: string;
  to: 'devices' | 'group';
  /** Ids with commas or blanks between. */
  devices: string;
  group: string;
  parameters: ParametersDraft;
  /** Written by hand instead. */
  raw: string | undefined;
  lifetimeSeconds: number;
}

export interface IssueErrors {
  name?: string;
  /** About devices, or the group. */
  devices?: string;
  parameters: Readonly<Partial<Record<string, string>>>;
  raw?: string;
}

/** Those that may be sent now by somebody of this role. */
export function issueable(entries: readonly CatalogueEntry[], role: string | undefined): CatalogueEntry[] {
  return entries.filter(({ enabled, roles }) => enabled && roles.some((each) => each === role));
}

export function issueRequest(
  { name, parameters: schema, lifetimeSeconds: usual }: CatalogueEntry,
  draft: IssueDraft,
): { request: CommandRequest } | { errors: IssueErrors } {
  const target = targetOf(draft);
  const made = parametersMade(schema, draft);
  if (target === undefined || 'errors' in made) {
    const words = draft.to === 'devices' ? 'Name at least one device.' : 'Name the group.';
    const wrong = 'errors' in made ? made.errors : { parameters: {} };
    return { errors: { ...wrong, ...(target === undefined && { devices: words }) } };
  }
  const { id, lifetimeSeconds } = draft;
  return {
    request: { id, name, ...target, ...made, ...(lifetimeSeconds < usual && { lifetimeSeconds }) },
  };
}

type Target = Pick<CommandRequest, 'devices' | 'group' | 'type'>;

function targetOf({ to, type, devices, group }: IssueDraft): Target | undefined {
  const named = [...new Set(wordsOf(devices))];
  if (to === 'devices') return named.length === 0 ? undefined : { devices: named };
  return group.trim() === '' ? undefined : { group: group.trim(), type };
}

function parametersMade(
  schema: CatalogueEntry['parameters'],
  { raw, parameters }: IssueDraft,
): Pick<CommandRequest, 'parameters'> | { errors: IssueErrors } {
  if (raw !== undefined) {
    const made = parametersFromText(schema, raw);
    return 'error' in made ? { errors: { parameters: {}, raw: made.error } } : made;
  }
  const made = parametersOf(schema, parameters);
  return 'errors' in made ? { errors: { parameters: made.errors } } : made;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TERMS: readonly [seconds: number, label: string][] = [
  [MINUTE, 'for a minute'],
  [10 * MINUTE, 'for ten minutes'],
  [HOUR, 'for an hour'],
  [DAY, 'for a day'],
  [7 * DAY, 'for a week'],
];

/** Terms that are shorter than the catalogue's, and that one. */
export function lifetimes(most: number): { value: number; label: string }[] {
  const shorter = TERMS.filter(([seconds]) => seconds < most);
  return [
    { value: most, label: `for ${secondsText(most)}, as the catalogue says` },
    ...shorter.map(([value, label]) => ({ value, label })),
  ];
}

/** 600 -> "10 min", in the largest unit without a rest. */
export function secondsText(seconds: number): string {
  if (seconds % DAY === 0) return `${seconds / DAY} d`;
  if (seconds % HOUR === 0) return `${seconds / HOUR} h`;
  return seconds % MINUTE === 0 ? `${seconds / MINUTE} min` : `${seconds} s`;
}
