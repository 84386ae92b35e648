/**
 * What tenants have to do with decisions and rules. That a member limited to tenants gets at nothing of another is no
 * rule, which somebody could change, but comes before all of them: see `RuleSet.decide`.
 */
import { z } from 'zod';

import { tenantSchema } from '../identifiers.ts';
import { serves, servesAll, type Tenants } from '../tenants.ts';
import type { Action } from './actions.ts';
import type { Decision, Request, Resource, Subject } from './request.ts';
import type { Rule } from './rule.ts';

/** One object for every such refusal. It names no tenant: who asks may not know whose the thing is. */
export const OTHER_TENANT: Decision = Object.freeze({
  allowed: false,
  rule: null,
  reason: 'its tenant is none of those that the certificate names',
});

/**
 * What every tenant goes by, such as the types of all devices, is not for members of some of them to change. Nor are
 * vouchers theirs, which name devices of any tenants; redeeming one is, into a tenant of theirs.
 */
export const ALL_TENANTS: Decision = Object.freeze({
  allowed: false,
  rule: null,
  reason: 'it concerns all tenants, and the certificate names some',
});
const CONCERNING_ALL: ReadonlySet<Action> = new Set<Action>([
  'type:put',
  'command:define',
  'firmware:publish',
  'firmware:approve',
  'firmware:vendor-key',
  'voucher:create',
  'voucher:read',
  'voucher:withdraw',
]);

/** What stands in the way before any rule is looked at; undefined when nothing does. */
export function tenantBarrier({ subject, action, resource }: Request): Decision | undefined {
  if (servesAll(subject.tenants)) return undefined;
  if (isOfOtherTenant(subject, resource)) return OTHER_TENANT;
  return CONCERNING_ALL.has(action) ? ALL_TENANTS : undefined;
}

/** Whether it is none of the subject's. A device of which nobody says whose it is may be anybody's. */
function isOfOtherTenant({ tenants }: Subject, { tenant, device }: Resource): boolean {
  return tenant === undefined ? device !== undefined : !serves(tenants, tenant);
}

export const scopeSchema = z
  .strictObject({
    consortium: z.boolean().meta({ description: 'Whether some of it is limited to no tenant' }),
    tenants: z.array(tenantSchema).meta({ description: 'All tenants that it names' }),
  })
  .meta({ id: 'Scope', description: 'Whom rules concern: the whole consortium, or certain tenants' });
/** Whom some rules concern. */
export type Scope = z.infer<typeof scopeSchema>;

/** Rules that name tenants are these tenants'; all others are the consortium's. */
export function scopeOf(rules: Iterable<Pick<Rule, 'what'>>): Scope {
  const tenants = new Set<string>();
  let consortium = false;
  for (const { what } of rules) {
    if (what.tenants === undefined) consortium = true;
    else for (const tenant of what.tenants) tenants.add(tenant);
  }
  return { consortium, tenants: [...tenants].sort() };
}

/** The consortium's rules are everybody's to see. One that names another tenant, too, says that there is one. */
export function maySee(asker: Tenants, { tenants }: Scope): boolean {
  return tenants.every((tenant) => serves(asker, tenant));
}

/** Who is limited to tenants has no say in what concerns others. */
export function mayChange(asker: Tenants, scope: Scope): boolean {
  return servesAll(asker) || (!scope.consortium && maySee(asker, scope));
}

export function maySeeRule(asker: Tenants, rule: Rule): boolean {
  return servesAll(asker) || maySee(asker, scopeOf([rule]));
}
