/** What a change of rules is about and no question of its dry run was: who is not asked may gain or lose, too. */
import { z } from 'zod';

import { type Question, requestOf } from '../../chaincode/protocol/policy/difference.ts';
import { ReadyRule } from '../../chaincode/protocol/policy/ready-rule.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';

const FIELDS = [
  ...(['roles', 'organisations', 'members', 'attributes'] as const),
  ...(['devices', 'types', 'groups', 'tenants', 'statuses'] as const),
  ...(['firmwareAtLeast', 'networks', 'until'] as const),
] as const;
type Field = (typeof FIELDS)[number];

export const untriedSchema = z
  .strictObject({
    rule: z.string(),
    condition: z.enum([...FIELDS, 'together']).meta({
      description:
        'The field of the rule: `firmwareAtLeast`, because no device reports its firmware; `networks`, because no peer ' +
        'sees where a caller is; `until`, when that is past; `together`, when nothing that was asked about meets all of ' +
        'the conditions',
    }),
    values: z.array(z.string()).meta({ description: 'Those that nobody and nothing asked about has' }),
  })
  .meta({ id: 'Untried', description: 'A part of a change that its dry run could not try' });
type Untried = z.infer<typeof untriedSchema>;

/** @param now milliseconds since the Unix epoch */
export function untriedOf(rules: readonly Rule[], questions: readonly Question[], now: number): Untried[] {
  const known = knownFrom(questions);
  const found = rules.flatMap((rule): Untried[] => {
    const unmet = FIELDS.flatMap((condition) => {
      const values =
        WANTED[condition](rule, now)?.filter((value) => !known.has(`${condition} ${value}`)) ?? [];
      return values.length === 0 ? [] : [{ rule: rule.id, condition, values }];
    });
    if (unmet.length > 0 || isTried(rule, questions, now)) return unmet;
    return [{ rule: rule.id, condition: 'together', values: [] }];
  });
  // A rule and its new text may lack the same.
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/** What a rule wants of whoever and whatever it is to match. */
const WANTED: Readonly<Record<Field, (rule: Rule, now: number) => readonly string[] | undefined>> = {
  roles: ({ who }) => who.roles,
  organisations: ({ who }) => who.organisations,
  members: ({ who }) => who.members,
  attributes: ({ who }) => attributesOf(who),
  devices: ({ what }) => what.devices,
  types: ({ what }) => what.types,
  groups: ({ what }) => what.groups,
  tenants: ({ what }) => what.tenants,
  statuses: ({ when }) => when.statuses,
  firmwareAtLeast: ({ when: { firmwareAtLeast: least } }) => (least === undefined ? [] : [least]),
  networks: ({ when }) => when.networks,
  until: ({ when: { until } }, now) => (until !== undefined && Date.parse(until) <= now ? [until] : []),
};

/** All that somebody or something asked about has, each with its condition. */
function knownFrom(questions: readonly Question[]): ReadonlySet<string> {
  const subjects = new Set(questions.map(({ subject }) => subject));
  const resources = new Set(questions.map(({ resource }) => resource));
  return new Set([...[...subjects].flatMap(ofSubject), ...[...resources].flatMap(ofResource)]);
}

function ofSubject(subject: Subject): string[] {
  return [
    `roles ${subject.role}`,
    `organisations ${subject.org}`,
    `members ${subject.name}`,
    ...attributesOf(subject).map((attribute) => `attributes ${attribute}`),
  ];
}

function attributesOf({ attributes = {} }: { attributes?: Subject['attributes'] }): string[] {
  return Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
}

function ofResource({ device, type, groups = [], tenant, status }: Resource): string[] {
  return [
    ...groups.map((group) => `groups ${group}`),
    `devices ${device ?? ''}`,
    `types ${type ?? ''}`,
    `tenants ${tenant ?? ''}`,
    `statuses ${status ?? ''}`,
  ];
}

function isTried(rule: Rule, questions: readonly Question[], now: number): boolean {
  const ready = new ReadyRule(rule, 0);
  const circumstances = { instant: now, address: null };
  return questions.some(
    (question) => rule.actions.includes(question.action) && ready.matches(requestOf(question, circumstances)),
  );
}
