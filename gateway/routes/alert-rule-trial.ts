import { z } from 'zod';

import { alertRuleDefinitionSchema, concerns } from '../../chaincode/protocol/alerts/rule.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { tryRule } from '../alerts/dry-run.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute } from '../http/route.ts';

/** Devices of one trial. */
const MOST_DEVICES = 1_000;
const MOST_DAYS = 366;

const firingSchema = z
  .strictObject({
    device: deviceIdSchema,
    raisedAt: instantSchema,
    clearedAt: instantSchema.nullable(),
    value: z.number().nullable(),
  })
  .meta({ id: 'AlertFiring' });

export const tryAlertRule = defineRoute({
  method: 'post',
  path: '/api/v1/alert-rules/dry-run',
  tag: 'Alerts',
  operation: 'tryAlertRule',
  summary: 'Try a rule of alerts',
  description:
    'What a rule would have raised from stored readings of the devices that the asker may read, by the same evaluation as ' +
    'in ingest. Anomalies are found from what the trial itself has read: nothing in its first day. ' +
    `Looks at ${MOST_DEVICES} devices and 500,000 readings at the most, and says when there were more.`,
  access: mayForDevices('alert-rule:read', 'last-known'),
  request: z.strictObject({
    body: z
      .strictObject({ rule: alertRuleDefinitionSchema, from: instantSchema, to: instantSchema })
      .refine(({ from, to }) => from < to && to - from <= MOST_DAYS * 86_400_000, {
        error: `from lies before to, by at most ${MOST_DAYS} days`,
        path: ['to'],
      })
      .meta({ id: 'AlertRuleTrial' }),
  }),
  answer: {
    status: 200,
    description: 'What it would have raised',
    schema: z
      .strictObject({
        fired: z.int().min(0),
        firings: z.array(firingSchema).meta({ description: 'The first 1,000' }),
        devices: z.int().min(0),
        readings: z.int().min(0),
        complete: z.boolean().meta({ description: 'False when there was more to look at' }),
      })
      .meta({ id: 'AlertRuleTrialResult' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller: { judge }, parts: { alerts, fleet, clock } }) {
    const found = fleet.list({
      limit: MOST_DEVICES + 1,
      readable: (device) => concerns(body.rule, device) && judge.allows('telemetry:read', resourceOf(device)),
    });
    const devices = found.slice(0, MOST_DEVICES).map(({ id }) => id);
    const to = Math.min(body.to, clock());
    const result = await tryRule(alerts, { ...body, to, devices, tenants: judge.tenants });
    return { ...result, complete: result.complete && found.length <= MOST_DEVICES };
  },
});
