/** The form for one rule: texts and ticks, and the rule that they make. */
import { type Rule, ruleSchema } from '../../../chaincode/protocol/policy/rule.ts';
import type { Action, Role } from '../api/types.ts';

export interface RuleDraft {
  id: string;
  effect: Rule['effect'];
  description: string;
  roles: Role[];
  organisations: string[];
  actions: Action[];
  statuses: NonNullable<Rule['when']['statuses']>;
  own: '' | 'organisation' | 'log';
  /** Names, apart from each other by commas or blanks. */
  members: string;
  types: string;
  groups: string;
  tenants: string;
  devices: string;
  networks: string;
  firmwareAtLeast: string;
  /** As date fields write it, `2026-01-31T08:00`, in UTC. */
  from: string;
  until: string;
  /** As time fields write it, `08:00`, in UTC. */
  dailyFrom: string;
  dailyTo: string;
  /** What the form has no field for, kept as it was. */
  attributes: Record<string, string>;
}

export function emptyDraft(): RuleDraft {
  return {
    id: '',
    effect: 'allow',
    description: '',
    roles: [],
    organisations: [],
    actions: [],
    statuses: [],
    own: '',
    members: '',
    types: '',
    groups: '',
    tenants: '',
    devices: '',
    networks: '',
    firmwareAtLeast: '',
    from: '',
    until: '',
    dailyFrom: '',
    dailyTo: '',
    attributes: {},
  };
}

export function draftOf({ id, effect, description, who, actions, what, when }: Rule): RuleDraft {
  const joined = (values: readonly string[] = []): string => values.join(', ');
  const minute = (instant = ''): string =>
    instant === '' ? '' : new Date(instant).toISOString().slice(0, 16);
  return {
    id,
    effect,
    description,
    roles: [...(who.roles ?? [])],
    organisations: [...(who.organisations ?? [])],
    actions: [...actions],
    statuses: [...(when.statuses ?? [])],
    own: what.own ?? '',
    members: joined(who.members),
    types: joined(what.types),
    groups: joined(what.groups),
    tenants: joined(what.tenants),
    devices: joined(what.devices),
    networks: joined(when.networks),
    firmwareAtLeast: when.firmwareAtLeast ?? '',
    from: minute(when.from),
    until: minute(when.until),
    dailyFrom: when.daily?.from ?? '',
    dailyTo: when.daily?.to ?? '',
    attributes: { ...who.attributes },
  };
}

/** The first thing wrong with each field, by the field's name in the form. */
export type DraftErrors = Partial<Record<string, string>>;

export function ruleOf(draft: RuleDraft): { rule: Rule } | { errors: DraftErrors } {
  const parsed = ruleSchema.safeParse({
    id: draft.id.trim(),
    effect: draft.effect,
    description: draft.description,
    who: {
      ...list('roles', draft.roles),
      ...list('organisations', draft.organisations),
      ...list('members', names(draft.members)),
      ...(Object.keys(draft.attributes).length === 0 ? {} : { attributes: draft.attributes }),
    },
    actions: draft.actions,
    what: {
      ...text('own', draft.own),
      ...list('devices', names(draft.devices)),
      ...list('types', names(draft.types)),
      ...list('groups', names(draft.groups)),
      ...list('tenants', names(draft.tenants)),
    },
    when: {
      ...text('from', instant(draft.from)),
      ...text('until', instant(draft.until)),
      ...daily(draft),
      ...list('networks', names(draft.networks)),
      ...list('statuses', draft.statuses),
      ...text('firmwareAtLeast', draft.firmwareAtLeast.trim()),
    },
  });
  if (parsed.success) return { rule: parsed.data };
  const errors: DraftErrors = {};
  for (const { path, message } of parsed.error.issues)
    errors[fieldOf(path)] ??= MESSAGES[fieldOf(path)] ?? message;
  return { errors };
}

/** Where the schema's words do not fit the form. */
const MESSAGES: DraftErrors = {
  id: 'Give it a name of a-z, 0-9 and inner . _ -',
  actions: 'Choose at least one action.',
  description: 'Say in a sentence what the rule is for.',
};

/** `who.members.0` is the field `members`. */
function fieldOf([first, second]: readonly PropertyKey[]): string {
  return String(first === 'who' || first === 'what' || first === 'when' ? (second ?? first) : first);
}

function names(value: string): string[] {
  return value.split(/[\s,]+/).filter((name) => name !== '');
}

function list<Name extends string, Value>(
  name: Name,
  values: readonly Value[],
): Partial<Record<Name, Value[]>> {
  const entry: Partial<Record<Name, Value[]>> = {};
  if (values.length > 0) entry[name] = [...values];
  return entry;
}

function text<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  const entry: Partial<Record<Name, string>> = {};
  if (value !== '') entry[name] = value;
  return entry;
}

function daily({ dailyFrom: from, dailyTo: to }: RuleDraft): { daily?: { from: string; to: string } } {
  return from === '' && to === '' ? {} : { daily: { from, to } };
}

/** `2026-01-31T08:00` -> `2026-01-31T08:00:00Z`; what is no date stays as it is, for the schema to say so. */
function instant(value: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(value) ? `${value}:00Z` : value;
}
