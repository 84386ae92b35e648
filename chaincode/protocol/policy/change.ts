/** A change of the policy: how it is written, what it does to the rules, and whether one organisation may make it. */
import { z } from 'zod';

import { ruleIdSchema } from '../identifiers.ts';
import type { Action, Role } from './actions.ts';
import { type Rule, ruleSchema } from './rule.ts';

/** Rules in one change. */
const MOST_RULES = 100;

/** Characters of its JSON: a page of proposals has to fit into one of Fabric's messages. */
export const MAX_CHANGE_LENGTH = 256 * 1024;

/** As the ledger holds it. */
export const policyChangeSchema = z
  .strictObject({
    /** New rules, and new texts of rules that exist. */
    put: z.array(ruleSchema).max(MOST_RULES),
    remove: z.array(ruleIdSchema).max(MOST_RULES),
  })
  .superRefine((change, context) => {
    const ids = idsOf(change);
    if (ids.length === 0) context.addIssue({ code: 'custom', message: 'the change is empty' });
    const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
    if (repeated !== undefined)
      context.addIssue({ code: 'custom', message: `rule ${repeated} is there twice` });
  })
  .meta({ id: 'PolicyChange' });
export type PolicyChange = z.infer<typeof policyChangeSchema>;

/** The rules that a change touches. */
export function idsOf({
  put,
  remove,
}: {
  put: readonly { id: string }[];
  remove: readonly string[];
}): string[] {
  return [...put.map(({ id }) => id), ...remove];
}

export function applyChange(rules: Iterable<Rule>, { put, remove }: PolicyChange): Rule[] {
  const after = new Map(Array.from(rules, (rule) => [rule.id, rule]));
  for (const id of remove) after.delete(id);
  for (const rule of put) after.set(rule.id, rule);
  return [...after.values()];
}

/**
 * What decides about the policy itself: whoever could take these from the others could never be stopped again. Who may
 * not read a proposal cannot decide on it.
 */
const GOVERNANCE: readonly Action[] = ['policy:read', 'policy:propose', 'policy:approve'];

/** What the platform's services live on: without it nothing is stored, anchored, shown or turned away any more. */
const OPERATION: readonly Action[] = [
  'device:read',
  'type:read',
  'claim:read',
  'claim:redeem',
  'anchor:read',
  'anchor:append',
];
const SERVICES: readonly Role[] = ['gateway', 'ingest', 'guard'];

function isAboutServices({ who, actions }: Rule): boolean {
  const roles = who.roles ?? SERVICES;
  return (
    roles.some((role) => SERVICES.includes(role)) && actions.some((action) => OPERATION.includes(action))
  );
}

/** The rules that a change does away with, or gives another text. */
function replacedBy(before: ReadonlyMap<string, Rule>, change: PolicyChange): Rule[] {
  return idsOf(change).flatMap((id) => before.get(id) ?? []);
}

/** Whether the change is about who decides on policies. */
export function isAboutGovernance(before: ReadonlyMap<string, Rule>, change: PolicyChange): boolean {
  return [...change.put, ...replacedBy(before, change)].some(({ actions }) =>
    actions.some((action) => GOVERNANCE.includes(action)),
  );
}

function isAboutOperation(before: ReadonlyMap<string, Rule>, change: PolicyChange): boolean {
  return [...change.put, ...replacedBy(before, change)].some(isAboutServices);
}

/**
 * Whether a second organisation has to approve. A change is harmless only when it can but take rights away: rules that
 * deny are added, or rules that allow are removed. Anything else may widen somebody's rights, and to find out which
 * rewritten rules do not is not worth being wrong once. Nor may one organisation alone touch who decides on policies, or
 * what the services of all others live on.
 */
export function needsApproval(before: ReadonlyMap<string, Rule>, change: PolicyChange): boolean {
  const allows = change.put.some(({ effect }) => effect === 'allow');
  const undenies = replacedBy(before, change).some(({ effect }) => effect === 'deny');
  return allows || undenies || isAboutGovernance(before, change) || isAboutOperation(before, change);
}
