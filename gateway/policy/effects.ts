/** Differences of a dry run, gathered into what people can read: who gains or loses what, on which devices. */
import { z } from 'zod';

import { instantSchema } from '../../chaincode/protocol/message.ts';
import { type Action, ACTIONS, actionSchema } from '../../chaincode/protocol/policy/actions.ts';
import type { Difference } from '../../chaincode/protocol/policy/difference.ts';
import { resourceSchema, type Resource, subjectSchema } from '../../chaincode/protocol/policy/request.ts';

export const effectSchema = z
  .strictObject({
    allowed: z.boolean().meta({ description: 'After the change' }),
    members: z.array(subjectSchema.omit({ attributes: true })),
    actions: z.array(actionSchema),
    on: z.array(resourceSchema).meta({
      description: 'Kinds of devices, or single ones; empty for actions that are done to no device',
    }),
    now: z.boolean().meta({ description: 'Whether it is so now' }),
    moments: z.array(instantSchema).meta({ description: 'The later moments asked about at which it is so' }),
    rule: z.string().nullable().meta({
      description: 'The rule that decides after the change; null when none matches any more',
    }),
  })
  .meta({
    id: 'PolicyEffect',
    description:
      'Members who may do something after a change that they may not before, or the other way round',
  });
export type Effect = z.infer<typeof effectSchema>;

/** What is the same for all differences that make one effect. */
interface Gathered {
  differences: Difference[];
}

/** Gains before losses. Those who share all else are named together, and so are actions and devices. */
export function effectsOf(differences: readonly Difference[]): Effect[] {
  const byQuestion = gather(
    differences.map((difference) => ({ differences: [difference] })),
    (one) => JSON.stringify([one.subject.name, one.action, verdictOf(one), one.resource]),
  );
  const byMemberAndAction = gather(byQuestion, (one, group) =>
    JSON.stringify([one.subject.name, one.action, verdictOf(one), timesOf(group)]),
  );
  const byMember = gather(byMemberAndAction, (one, group) =>
    JSON.stringify([one.subject.name, verdictOf(one), timesOf(group), resourcesOf(group)]),
  );
  const together = gather(byMember, (one, group) =>
    JSON.stringify([verdictOf(one), timesOf(group), actionsOf(group), resourcesOf(group)]),
  );
  return together.map(effectOf).sort((left, right) => Number(right.allowed) - Number(left.allowed));
}

/** Without the reason, which may name the member. */
function verdictOf({ after: { allowed, rule } }: Difference): Pick<Effect, 'allowed' | 'rule'> {
  return { allowed, rule };
}

/** Joins those groups that have the same key. */
function gather(
  groups: readonly Gathered[],
  key: (first: Difference, group: Gathered) => string,
): Gathered[] {
  const joined = new Map<string, Gathered>();
  for (const group of groups) {
    const [first] = group.differences;
    if (first === undefined) continue;
    const name = key(first, group);
    const known = joined.get(name);
    if (known === undefined) joined.set(name, { differences: [...group.differences] });
    else known.differences.push(...group.differences);
  }
  return [...joined.values()];
}

function effectOf(group: Gathered): Effect {
  const [first] = group.differences;
  const members = new Map(
    group.differences.map(({ subject: { org, name, role, tenants } }) => [
      name,
      { org, name, role, tenants },
    ]),
  );
  return {
    ...(first === undefined ? { allowed: false, rule: null } : verdictOf(first)),
    members: [...members.values()],
    actions: actionsOf(group),
    on: resourcesOf(group),
    ...timesOf(group),
  };
}

function timesOf({ differences }: Gathered): Pick<Effect, 'now' | 'moments'> {
  const moments = new Set(differences.flatMap(({ instant }) => instant ?? []));
  return {
    now: differences.some(({ instant }) => instant === undefined),
    moments: [...moments].sort((left, right) => left - right),
  };
}

function actionsOf({ differences }: Gathered): Action[] {
  const named = new Set(differences.map(({ action }) => action));
  return ACTIONS.filter((action) => named.has(action));
}

function resourcesOf({ differences }: Gathered): Resource[] {
  const distinct = new Map<string, Resource>();
  for (const { resource } of differences) {
    // A log is the member's own, and nothing else is known of it.
    if (resource.log === undefined && Object.keys(resource).length > 0) {
      distinct.set(JSON.stringify(resource), resource);
    }
  }
  return [...distinct.values()];
}
