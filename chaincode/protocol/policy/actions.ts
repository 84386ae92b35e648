/** The words of a policy: the roles that a certificate may name, and all that can be done. */
import { z } from 'zod';

export const ROLES = ['admin', 'operator', 'auditor', 'gateway', 'ingest', 'guard'] as const;
export const roleSchema = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof roleSchema>;

export const ACTIONS = [
  'device:register',
  'device:activate',
  'device:suspend',
  'device:revoke',
  'device:rotate-key',
  'device:reprovision',
  'device:label',
  'device:transfer',
  'device:accept',
  'device:read',
  'type:put',
  'type:read',
  'claim:create',
  'claim:withdraw',
  'claim:redeem',
  'claim:read',
  'voucher:create',
  'voucher:withdraw',
  'voucher:redeem',
  'voucher:read',
  'telemetry:read',
  'anchor:read',
  'anchor:append',
  'policy:read',
  'policy:propose',
  'policy:approve',
  'audit:read',
  'member:read',
] as const;
export const actionSchema = z.enum(ACTIONS).meta({ id: 'Action' });
export type Action = z.infer<typeof actionSchema>;
