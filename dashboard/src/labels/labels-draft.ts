import { groupsSchema, tagsSchema } from '../../../chaincode/protocol/device.ts';
import type { Labels } from '../api/types.ts';

/** Groups and tags as a form has them. */
export interface LabelsDraft {
  /** Names, apart from each other by commas or blanks. */
  groups: string;
  tags: { name: string; value: string }[];
}

export function draftOfLabels({ groups, tags }: Labels): LabelsDraft {
  return {
    groups: groups.join(', '),
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
  };
}

export type LabelErrors = Partial<Record<keyof LabelsDraft, string>>;

/** Rows without a name and value do not count; a name without a value, or twice, is an error. */
export function labelsOf(draft: LabelsDraft): { labels: Labels } | { errors: LabelErrors } {
  const rows = draft.tags
    .map(({ name, value }) => [name.trim(), value.trim()] as const)
    .filter(([name, value]) => name !== '' || value !== '');
  const twice = rows.find(([name], index) => rows.findIndex(([other]) => other === name) !== index);
  const groups = groupsSchema.safeParse(draft.groups.split(/[\s,]+/).filter((name) => name !== ''));
  const tags = tagsSchema.safeParse(Object.fromEntries(rows));
  if (groups.success && tags.success && twice === undefined)
    return { labels: { groups: groups.data, tags: tags.data } };
  return {
    errors: {
      ...(groups.success ? {} : { groups: firstOf(groups.error) }),
      ...(tags.success ? {} : { tags: tagMessage(rows, firstOf(tags.error)) }),
      ...(twice === undefined ? {} : { tags: `The tag ${twice[0]} is there twice.` }),
    },
  };
}

function firstOf({ issues }: { issues: readonly { message: string }[] }): string {
  return issues[0]?.message ?? '';
}

function tagMessage(rows: readonly (readonly [string, string])[], otherwise: string): string {
  const [name] = rows.find(([, value]) => value === '') ?? [];
  if (name !== undefined) return `The tag ${name} has no value.`;
  if (rows.some(([key]) => !/^[a-z][a-z0-9_-]{0,31}$/.test(key)))
    return 'A tag’s name begins with a-z and may have a-z, 0-9, _ and -';
  return otherwise;
}
