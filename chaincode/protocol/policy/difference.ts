import { z } from 'zod';

import { instantSchema } from '../message.ts';
import { actionSchema } from './actions.ts';
import {
  type Circumstances,
  decisionSchema,
  type Request,
  resourceSchema,
  subjectSchema,
} from './request.ts';
import type { RuleSet } from './rule-set.ts';

export const questionSchema = z
  .strictObject({
    subject: subjectSchema,
    action: actionSchema,
    resource: resourceSchema,
    /** When it is asked for; absent: now. */
    instant: instantSchema.optional(),
  })
  .meta({ id: 'Question' });
export type Question = z.infer<typeof questionSchema>;

export const differenceSchema = questionSchema
  .extend({ before: decisionSchema, after: decisionSchema })
  .meta({ id: 'PolicyDifference' });
/** Somebody may do what they might not, or the other way round. */
export type Difference = z.infer<typeof differenceSchema>;

/**
 * What a change of the rules would change for whom: the questions that are answered otherwise after it.
 *
 * @param now the circumstances of questions that name no instant
 */
export function differences(
  rules: { before: RuleSet; after: RuleSet },
  questions: Iterable<Question>,
  now: Circumstances,
): Difference[] {
  const found: Difference[] = [];
  for (const question of questions) {
    const request = requestOf(question, now);
    const decisions = { before: rules.before.decide(request), after: rules.after.decide(request) };
    if (decisions.before.allowed !== decisions.after.allowed) found.push({ ...question, ...decisions });
  }
  return found;
}

export function requestOf({ instant, ...question }: Question, now: Circumstances): Request {
  return { ...question, circumstances: instant === undefined ? now : { ...now, instant } };
}
