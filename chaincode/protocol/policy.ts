/**
 * The one function that decides who may do what. Contracts judge with it; gateway and ingest ask it for speed over
 * the same rules. Deny wins; nothing matching is a refusal.
 */
import { z } from 'zod';

import { organisationSchema, tenantSchema } from './identifiers.ts';

export const ROLES = ['admin', 'operator', 'auditor', 'gateway', 'ingest'] as const;
export const roleSchema = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof roleSchema>;

export const ACTIONS = [
  'device:register',
  'device:activate',
  'device:suspend',
  'device:revoke',
  'device:rotate-key',
  'device:read',
  'telemetry:read',
  'anchor:read',
  'anchor:append',
  'policy:read',
  'audit:read',
] as const;
export const actionSchema = z.enum(ACTIONS).meta({ id: 'Action' });
export type Action = z.infer<typeof actionSchema>;

/** Who asks: taken from a certificate (MSP id, CN, `biot.role`), never from an argument, when it counts. */
export const subjectSchema = z
  .strictObject({ org: organisationSchema, name: z.string().min(1).max(100), role: roleSchema })
  .meta({ id: 'Subject' });
export type Subject = z.infer<typeof subjectSchema>;

/** What is acted upon: the fields that the resource has. `org` is its owner; `log` a log's id. */
export const resourceSchema = z
  .strictObject({
    org: organisationSchema.optional(),
    tenant: tenantSchema.optional(),
    device: z.string().max(64).optional(),
    log: z.string().max(80).optional(),
  })
  .meta({ id: 'Resource' });
export type Resource = z.infer<typeof resourceSchema>;

/** A rule: it matches when every condition that it states holds. */
export interface Rule {
  id: string;
  effect: 'allow' | 'deny';
  roles: readonly Role[];
  actions: readonly Action[];
  /** The resource belongs to the subject's own organisation. */
  ownOrganisation?: true;
  /** The resource is the log that bears the subject's own name. */
  ownLog?: true;
}

export const decisionSchema = z
  .strictObject({ allowed: z.boolean(), rule: z.string().nullable(), reason: z.string() })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof decisionSchema>;

const READ_FLEET: readonly Action[] = ['device:read', 'telemetry:read', 'anchor:read', 'policy:read'];

export const DEFAULT_RULES: readonly Rule[] = [
  {
    id: 'admin-manages-own-devices',
    effect: 'allow',
    roles: ['admin'],
    actions: ['device:register', 'device:activate', 'device:suspend', 'device:revoke', 'device:rotate-key'],
    ownOrganisation: true,
  },
  {
    id: 'people-and-gateway-read-fleet',
    effect: 'allow',
    roles: ['admin', 'operator', 'auditor', 'gateway'],
    actions: READ_FLEET,
  },
  {
    id: 'admin-and-auditor-read-audit',
    effect: 'allow',
    roles: ['admin', 'auditor'],
    actions: ['audit:read'],
  },
  {
    id: 'ingest-reads-registry',
    effect: 'allow',
    roles: ['ingest'],
    actions: ['device:read', 'anchor:read'],
  },
  {
    id: 'writer-appends-to-own-log',
    effect: 'allow',
    roles: ['ingest'],
    actions: ['anchor:append'],
    ownLog: true,
  },
];

export interface Request {
  subject: Subject;
  action: Action;
  resource: Resource;
}

function matches(rule: Rule, { subject, action, resource }: Request): boolean {
  if (!rule.roles.includes(subject.role) || !rule.actions.includes(action)) return false;
  if (rule.ownOrganisation === true && resource.org !== subject.org) return false;
  return rule.ownLog !== true || resource.log === subject.name;
}

export function decide(request: Request, rules: readonly Rule[] = DEFAULT_RULES): Decision {
  const matching = rules.filter((rule) => matches(rule, request));
  const rule = matching.find(({ effect }) => effect === 'deny') ?? matching[0];
  if (rule !== undefined) {
    return { allowed: rule.effect === 'allow', rule: rule.id, reason: `rule ${rule.id} ${rule.effect}s it` };
  }
  return { allowed: false, rule: null, reason: nearMiss(request, rules) };
}

/** Why nothing matched, in the words of the rule that came nearest. */
function nearMiss({ subject, action }: Request, rules: readonly Rule[]): string {
  const near = rules.find((rule) => rule.roles.includes(subject.role) && rule.actions.includes(action));
  if (near?.ownOrganisation === true)
    return `${action} is allowed on what ${subject.org} owns, and this is not`;
  if (near?.ownLog === true) return `${action} is allowed on the log ${subject.name} only`;
  return `no rule allows ${action} to role ${subject.role}`;
}
