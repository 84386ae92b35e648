import { z } from 'zod';

import { alertIdSchema } from '../../chaincode/protocol/alerts/alert.ts';
import { alertStepSchema } from '../../chaincode/protocol/alerts/life-cycle.ts';
import { severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import { deviceIdSchema, ruleIdSchema, tenantSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Resource } from '../../chaincode/protocol/policy/request.ts';
import { ORGANISATIONS } from '../../network/home/organisations.ts';
import type { StoredAlert } from '../../sql/queries/alerts.ts';
import type { Fleet } from '../fleet.ts';
import type { Judge } from '../policy/judge.ts';

export const alertViewSchema = z
  .strictObject({
    id: alertIdSchema,
    device: deviceIdSchema.nullable().meta({ description: 'Null for one about the platform itself' }),
    tenant: tenantSchema.nullable(),
    type: z
      .string()
      .meta({ description: 'The kind of its rule’s condition, or what the platform noticed itself' }),
    severity: severitySchema,
    rule: z.strictObject({ id: ruleIdSchema, version: z.int().min(1) }).nullable(),
    active: z.boolean(),
    acknowledged: z.boolean(),
    value: z.number().nullable().meta({ description: 'That raised it' }),
    lastValue: z.number().nullable(),
    lastAt: instantSchema,
    times: z.int().min(1).meta({ description: 'How often its rule was met while it was active' }),
    details: z.record(z.string(), z.unknown()),
    createdAt: instantSchema,
    clearedAt: instantSchema.nullable(),
    acknowledgedAt: instantSchema.nullable(),
    assignee: z.string().nullable(),
    snoozedUntil: instantSchema.nullable(),
    mayHandle: z.boolean().meta({ description: 'Whether the policy lets the asker do anything to it now' }),
  })
  .meta({ id: 'Alert' });
export type AlertView = z.infer<typeof alertViewSchema>;

export const timelineSchema = z
  .array(
    z
      .strictObject({
        step: alertStepSchema,
        author: z.string(),
        at: instantSchema,
        details: z.record(z.string(), z.unknown()),
      })
      .meta({ id: 'AlertEvent' }),
  )
  .meta({ description: 'Who did what and when, the oldest first' });

/** Who runs gateway, ingest and database looks after what is about the platform itself. */
const PLATFORM: Resource = { org: ORGANISATIONS.operator.mspId };

/** What a policy may ask about an alert: what it may ask about its device, and whose it was when it was raised. */
export function resourceOfAlert(
  { device, tenant }: { device: string | null; tenant: string | null },
  fleet: Pick<Fleet, 'known'>,
): Resource {
  if (device === null) return PLATFORM;
  const known = fleet.known(device);
  return { ...(known === undefined ? { device } : resourceOf(known)), ...(tenant !== null && { tenant }) };
}

export function alertView(
  alert: StoredAlert,
  { judge, fleet }: { judge: Judge; fleet: Pick<Fleet, 'known' | 'freshness'> },
): AlertView {
  return {
    ...alert,
    id: alert.id.toString(),
    active: alert.clearedAt === null,
    acknowledged: alert.acknowledgedAt !== null,
    mayHandle: judge.allows('alert:handle', resourceOfAlert(alert, fleet)),
  };
}
