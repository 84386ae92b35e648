import { z } from 'zod';

import { actionSchema } from './actions.ts';
import { decisionSchema, type Request, resourceSchema, subjectSchema } from './request.ts';
import type { RuleSet } from './rule-set.ts';

export const questionSchema = z
  .strictObject({ subject: subjectSchema, action: actionSchema, resource: resourceSchema })
  .meta({ id: 'Question' });

export const differenceSchema = questionSchema
  .extend({ before: decisionSchema, after: decisionSchema })
  .meta({ id: 'PolicyDifference' });
/** Somebody may do what they might not, or the other way round. */
export type Difference = z.infer<typeof differenceSchema>;

/** What a change of the rules would change for whom: the questions that are answered otherwise after it. */
export function differences(before: RuleSet, after: RuleSet, questions: Iterable<Request>): Difference[] {
  const found: Difference[] = [];
  for (const question of questions) {
    const decisions = { before: before.decide(question), after: after.decide(question) };
    if (decisions.before.allowed === decisions.after.allowed) continue;
    const { subject, action, resource } = question;
    found.push({ subject, action, resource, ...decisions });
  }
  return found;
}
