/** Rules that raise alerts. The platform's state, in SQL: each change is a new version with its author. */
import { z } from 'zod';

import type { Device } from '../device.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  lineSchema,
  ruleIdSchema,
  tenantSchema,
} from '../identifiers.ts';
import { instantSchema } from '../message.ts';
import { type Condition, conditionSchema, insistenceSchema } from './condition.ts';
import { isWorse, severitySchema } from './severity.ts';

const escalationSchema = z.strictObject({
  /** Seconds that an active alert may stay without anybody's acknowledgement. */
  afterSeconds: z
    .int()
    .min(1, 'an escalation after 0 seconds is a severity: say it as one')
    .max(30 * 86_400),
  to: severitySchema,
});

/** What says for itself how long it takes. */
const IMMEDIATE: readonly Condition['kind'][] = ['no-data', 'anomaly'];

/** What people say about a rule, and what is exported and imported. */
export const alertRuleDefinitionSchema = z
  .strictObject({
    id: ruleIdSchema,
    description: lineSchema(200, 'a description is needed'),
    severity: severitySchema,
    /** A rule that is not stays, and raises nothing. */
    enabled: z.boolean(),
    /** Whose devices; null for those of all tenants. */
    tenant: tenantSchema.nullable(),
    /** Which of them: all that is said has to fit; nothing said is every device. */
    devices: z.strictObject({
      type: deviceTypeSchema.optional(),
      group: groupSchema.optional(),
      device: deviceIdSchema.optional(),
    }),
    condition: conditionSchema,
    insistence: insistenceSchema,
    escalation: escalationSchema.nullable(),
  })
  .refine(
    ({ condition, insistence }) => insistence.kind === 'at-once' || !IMMEDIATE.includes(condition.kind),
    {
      error: 'this condition says itself how long it takes: it goes with at-once only',
      path: ['insistence'],
    },
  )
  .refine(({ escalation, severity }) => escalation === null || isWorse(escalation.to, severity), {
    error: 'an escalation leads to a worse severity than the rule’s own',
    path: ['escalation', 'to'],
  })
  .meta({ id: 'AlertRuleDefinition' });
export type AlertRuleDefinition = z.infer<typeof alertRuleDefinitionSchema>;

/** A rule with where it stands in its history. */
export const alertRuleSchema = z
  .strictObject({
    definition: alertRuleDefinitionSchema,
    /** From 1; each change is another version. */
    version: z.int().min(1),
    author: z.string(),
    updatedAt: instantSchema,
  })
  .meta({ id: 'AlertRule' });
export type AlertRule = z.infer<typeof alertRuleSchema>;

/** Rules that there may be at one time. */
export const MAX_ALERT_RULES = 1_000;

/** Whether a rule is about a device. */
export function concerns(
  { tenant, devices: { type, group, device } }: Pick<AlertRuleDefinition, 'tenant' | 'devices'>,
  candidate: Pick<Device, 'id' | 'tenant' | 'type' | 'groups'>,
): boolean {
  return (
    (tenant === null || tenant === candidate.tenant) &&
    (type === undefined || type === candidate.type) &&
    (group === undefined || candidate.groups.includes(group)) &&
    (device === undefined || device === candidate.id)
  );
}

/** The sensors that a condition looks at; undefined for any message at all. */
export function sensorsOf(condition: Condition): readonly string[] | undefined {
  if (condition.kind === 'no-data') return undefined;
  return condition.kind === 'geofence' ? ['latitude', 'longitude'] : [condition.sensor];
}
