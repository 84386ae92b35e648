import { z } from 'zod';

import type { Tenants } from '../tenants.ts';
import { obstacles } from './matching.ts';
import { decisionSchema, type Request } from './request.ts';
import { effectSchema } from './rule.ts';
import type { RuleSet } from './rule-set.ts';
import { maySeeRule, tenantBarrier } from './tenancy.ts';

/** Rules that an explanation shows at most: the nearest ones. */
const MOST_SHOWN = 20;

const consideredSchema = z.strictObject({
  rule: z.string(),
  effect: effectSchema,
  matches: z.boolean(),
  /** What keeps it from matching, each the end of a sentence that begins with the rule. */
  obstacles: z.array(z.string()),
});
type Considered = z.infer<typeof consideredSchema>;

export const explanationSchema = decisionSchema
  .extend({ considered: z.array(consideredSchema), rules: z.int() })
  .meta({ id: 'Explanation' });
/** A decision, with the rules that were nearest to it; `rules` says how many were looked at. */
export type Explanation = z.infer<typeof explanationSchema>;

/**
 * Why a decision is as it is: the rules for the action that match, then those that came nearest.
 *
 * @param asker who is told, and hears of no other tenant's rules
 */
export function explain(ruleSet: RuleSet, request: Request, asker: Tenants): Explanation {
  const barrier = tenantBarrier(request);
  if (barrier !== undefined) return { ...barrier, considered: [], rules: 0 };
  const considered = ruleSet.rules
    .filter((rule) => rule.actions.includes(request.action) && maySeeRule(asker, rule))
    .map((rule): Considered => {
      const found = obstacles(rule, request);
      return { rule: rule.id, effect: rule.effect, matches: found.length === 0, obstacles: found };
    })
    .sort((left, right) => rank(left) - rank(right));
  return {
    ...ruleSet.decide(request),
    considered: considered.slice(0, MOST_SHOWN),
    rules: considered.length,
  };
}

/** Of the rules that match, one that denies is the decisive one; of the others, the fewer obstacles the nearer. */
function rank({ effect, obstacles: { length } }: Considered): number {
  return length === 0 && effect === 'deny' ? -1 : length;
}
