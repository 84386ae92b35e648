/** What is told of an alert, and the messages that carry it out of the platform. */
import { z } from 'zod';

import { alertIdSchema } from '../alerts/alert.ts';
import { severitySchema } from '../alerts/severity.ts';
import { deviceIdSchema, memberNameSchema, ruleIdSchema, tenantSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';

/** What others do to an alert, such as commenting on it, is told nobody. */
export const TOLD_STEPS = ['raise', 'escalate', 'acknowledge', 'clear'] as const;

export const noticeSchema = z
  .strictObject({
    alert: alertIdSchema,
    step: z.enum(TOLD_STEPS),
    at: instantSchema,
    /** Null for an alert about the platform itself. */
    device: deviceIdSchema.nullable(),
    tenant: tenantSchema.nullable(),
    type: z.string(),
    rule: ruleIdSchema.nullable(),
    severity: severitySchema,
    value: z.number().nullable(),
    description: z.string().nullable(),
  })
  .meta({ id: 'AlertNotice' });
export type Notice = z.infer<typeof noticeSchema>;

/** Alerts of one message: what waits for a channel goes together, so that a storm is a few messages. */
export const MOST_NOTICES = 500;

export const contentSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('alerts'),
      /** The oldest first. */
      notices: z.array(noticeSchema).min(1).max(MOST_NOTICES),
    }),
    z.strictObject({ kind: z.literal('test'), by: memberNameSchema, at: instantSchema }),
  ])
  .meta({ id: 'NotificationContent' });
export type Content = z.infer<typeof contentSchema>;
