/** One rule of the policy, as the ledger holds it. */
import { z } from 'zod';

import { deviceStatusSchema } from '../device.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  lineSchema,
  memberNameSchema,
  organisationSchema,
  ruleIdSchema,
  tenantSchema,
} from '../identifiers.ts';
import { actionSchema, roleSchema } from './actions.ts';
import { networkSchema } from './network.ts';
import { attributeNameSchema, attributeValueSchema, versionSchema } from './request.ts';

/** Values in one list of a rule. Longer lists are a group's or a tenant's job. */
const MOST = 100;

/** One of the values is enough. An empty list would match nothing, and looks like one that matches everything. */
function anyOf<T>(schema: z.ZodType<T>): z.ZodOptional<z.ZodArray<z.ZodType<T>>> {
  return z
    .array(schema)
    .min(1, 'an empty list matches nothing: leave the field out to match everything')
    .max(MOST)
    .refine((values) => new Set(values).size === values.length, 'a value is there twice')
    .optional();
}

const whoSchema = z.strictObject({
  roles: anyOf(roleSchema),
  organisations: anyOf(organisationSchema),
  members: anyOf(memberNameSchema),
  /** All of them, each with this value. */
  attributes: z
    .record(attributeNameSchema, attributeValueSchema)
    .refine((attributes) => Object.keys(attributes).length <= MOST, `at most ${MOST} attributes`)
    .optional(),
});

const whatSchema = z.strictObject({
  /** It belongs to the subject's own organisation, or is the log that bears the subject's own name. */
  own: z.enum(['organisation', 'log']).optional(),
  devices: anyOf(deviceIdSchema),
  types: anyOf(deviceTypeSchema),
  groups: anyOf(groupSchema),
  tenants: anyOf(tenantSchema),
});

const timeOfDaySchema = z
  .string()
  .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'expected a time of day such as 08:30');

const whenSchema = z.strictObject({
  /** From this instant on, and before that one. */
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  /** Each day between these times, UTC; over midnight when `from` is the later one. */
  daily: z
    .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema })
    .refine(({ from, to }) => from !== to, 'from and to are the same time')
    .optional(),
  networks: anyOf(networkSchema),
  statuses: anyOf(deviceStatusSchema),
  firmwareAtLeast: versionSchema.optional(),
});

export const effectSchema = z.enum(['allow', 'deny']);

/** It matches when everything that it states holds; what it does not state matches everything. */
export const ruleSchema = z
  .strictObject({
    id: ruleIdSchema,
    effect: effectSchema,
    /** For people: what it is for. */
    description: lineSchema(200),
    who: whoSchema,
    actions: z
      .array(actionSchema)
      .min(1)
      .refine((values) => new Set(values).size === values.length, 'an action is there twice'),
    what: whatSchema,
    when: whenSchema,
  })
  .refine(({ when: { from, until } }) => !(Date.parse(until ?? '') <= Date.parse(from ?? '')), {
    error: 'until is not after from',
    path: ['when', 'until'],
  })
  .meta({ id: 'Rule' });
export type Rule = z.infer<typeof ruleSchema>;

/** The order in which rules are kept and shown. */
export function byId(left: Rule, right: Rule): number {
  return left.id < right.id ? -1 : 1;
}
