/** Which tenants a member acts for, as its certificate says: what is of another tenant does not exist for it. */
import { z } from 'zod';

import { tenantSchema } from './identifiers.ts';

/** The attribute of a member's certificate, beside `biot.role`. */
export const TENANTS_ATTRIBUTE = 'biot.tenants';

/** All of them, there now and later. */
const EVERY_TENANT = '*';

/** Tenants that one certificate may name. Who serves more of them serves the consortium. */
const MAX_TENANTS = 30;

const listSchema = z
  .array(tenantSchema)
  .max(MAX_TENANTS, `at most ${MAX_TENANTS} tenants`)
  .refine((tenants) => new Set(tenants).size === tenants.length, 'a tenant is there twice');

export const tenantsSchema = z.union([z.literal(EVERY_TENANT), listSchema]).meta({
  id: 'Tenants',
  description: '`*` for all tenants, or the names of some; an empty list is none',
  examples: [['acme']],
});
export type Tenants = z.infer<typeof tenantsSchema>;

/**
 * How a certificate writes them: `*`, or names with a comma between and nothing else. None is a certificate without the
 * attribute, or with an empty one, which the contracts' library does not tell apart.
 */
const attributeSchema = z
  .string()
  .transform((text) => (text === EVERY_TENANT ? EVERY_TENANT : text.split(',')))
  .pipe(tenantsSchema);

/**
 * @param value of the attribute; undefined, null or empty when the certificate has none, which is no tenant
 * @returns undefined when the value is not as it has to be: half a list is not to be guessed at
 */
export function readTenants(value: unknown): Tenants | undefined {
  const none = value === undefined || value === null || value === '';
  return none ? [] : attributeSchema.safeParse(value).data;
}

/** The attribute's value; undefined for no tenant, when there must be no attribute. */
export function writeTenants(tenants: Tenants): string | undefined {
  if (tenants === EVERY_TENANT) return EVERY_TENANT;
  return tenants.length === 0 ? undefined : tenants.join(',');
}

export function servesAll(tenants: Tenants): tenants is typeof EVERY_TENANT {
  return tenants === EVERY_TENANT;
}

export function serves(tenants: Tenants, tenant: string): boolean {
  return servesAll(tenants) || tenants.includes(tenant);
}
