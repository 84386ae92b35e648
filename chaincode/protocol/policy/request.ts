/** What a policy is asked: may this subject do this to that resource, in these circumstances? */
import { z } from 'zod';

import { deviceStatusSchema } from '../device.ts';
import { deviceTypeSchema, groupSchema, organisationSchema, tenantSchema } from '../identifiers.ts';
import { tenantsSchema } from '../tenants.ts';
import { type Action, roleSchema } from './actions.ts';

/** A further attribute of a member's certificate (Fabric CA's extension), such as `biot.site`. */
export const attributeNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9.-]{0,40}$/, 'an attribute is named with a-z, 0-9, inner . and -');
export const attributeValueSchema = z.string().min(1).max(100);

/** Who asks: taken from a certificate (MSP id, CN, attributes), never from an argument, when it counts. */
export const subjectSchema = z
  .strictObject({
    org: organisationSchema,
    name: z.string().min(1).max(100),
    role: roleSchema,
    tenants: tenantsSchema,
    /** Absent: not known. A certificate that has none has `{}`. */
    attributes: z.record(attributeNameSchema, attributeValueSchema).optional(),
  })
  .meta({ id: 'Subject' });
export type Subject = z.infer<typeof subjectSchema>;

/** `major.minor.patch`, without leading zeros. */
export const versionSchema = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}$/, 'expected a version such as 1.4.0')
  .meta({ id: 'Version', examples: ['1.4.0'] });

/**
 * What is acted upon: the fields that the resource has. `org` is its owner; `log` a log's id. Whatever belongs to a
 * tenant has to say so here: nothing else keeps other tenants from it.
 */
export const resourceSchema = z
  .strictObject({
    org: organisationSchema.optional(),
    tenant: tenantSchema.optional(),
    device: z.string().max(64).optional(),
    type: deviceTypeSchema.optional(),
    groups: z.array(groupSchema).max(32).optional(),
    status: deviceStatusSchema.optional(),
    firmware: versionSchema.optional(),
    log: z.string().max(80).optional(),
  })
  .meta({ id: 'Resource' });
export type Resource = z.infer<typeof resourceSchema>;

/** What belongs to the moment. Whoever leaves out what a rule asks for is refused: see `matching.ts`. */
export interface Circumstances {
  /** Milliseconds since the Unix epoch. In a contract that is the proposal's, which is its client's word. */
  readonly instant?: number;
  /** The IP address that the subject asks from; null from a peer, which cannot see it: the gateway can. */
  readonly address?: string | null;
}

export interface Request {
  readonly subject: Subject;
  readonly action: Action;
  readonly resource: Resource;
  readonly circumstances?: Circumstances;
}

export const decisionSchema = z
  .strictObject({ allowed: z.boolean(), rule: z.string().nullable(), reason: z.string() })
  .meta({ id: 'Decision' });
/** `rule` is the id of the rule that made the decision; null when none matched, which is a refusal. */
export type Decision = z.infer<typeof decisionSchema>;
