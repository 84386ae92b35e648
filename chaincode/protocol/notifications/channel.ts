/** Where a tenant's alerts are told: the platform's state, in SQL. */
import { z } from 'zod';

import { isWorse, severitySchema } from '../alerts/severity.ts';
import { lineSchema, ruleIdSchema, tenantSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';
import { serves, tenantsSchema } from '../tenants.ts';
import type { Notice } from './notice.ts';

/**
 * Somewhere outside. Names and passwords have no place in an address that many may read; a fragment never reaches the
 * server. Whether the address is an inner one is decided when something is sent: names change what they stand for.
 */
export const outwardUrlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an address that begins with https://' })
  .max(2_000)
  .refine(saysPlaceAlone, 'without user, password and fragment');

export function saysPlaceAlone(text: string): boolean {
  const url = URL.parse(text);
  return url?.username === '' && url.password === '' && url.hash === '';
}

const MOST_RECIPIENTS = 20;

const base64url = (bytes: number, what: string) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}=*$`), `not ${what}`);

/** As browsers give it (W3C Push API): where to send to, and the keys that only this browser can decrypt for. */
export const pushSubscriptionSchema = z.strictObject({
  endpoint: outwardUrlSchema,
  keys: z.strictObject({
    p256dh: base64url(65, 'a point of P-256'),
    auth: base64url(16, 'a secret of 16 bytes'),
  }),
});

/** What people put. A browser subscribes by itself: see `web-push`. */
const destinationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: outwardUrlSchema }),
  z.strictObject({
    kind: z.literal('email'),
    to: z.array(z.email().max(254)).min(1, 'a recipient is needed').max(MOST_RECIPIENTS),
  }),
]);

const filterFields = {
  /** Alerts that are less severe are not told. */
  minimumSeverity: severitySchema,
  /** Only those that these rules raised; null for all. */
  rules: z.array(ruleIdSchema).min(1).max(50).nullable(),
};

/** What people say about a channel. */
export const channelDefinitionSchema = z
  .strictObject({
    name: lineSchema(80, 'a name is needed'),
    /** Whose alerts; null for those of all tenants, and of the platform itself. */
    tenant: tenantSchema.nullable(),
    enabled: z.boolean(),
    ...filterFields,
    destination: destinationSchema,
  })
  .meta({ id: 'NotificationChannelDefinition' });
export type ChannelDefinition = z.infer<typeof channelDefinitionSchema>;

/** A browser of a member: it tells the member what the member may know. */
const browserSchema = z.strictObject({
  kind: z.literal('web-push'),
  member: z.string(),
  tenants: tenantsSchema,
  subscription: pushSubscriptionSchema,
});

/** A channel as the database has it. */
export const channelSchema = z.strictObject({
  ...channelDefinitionSchema.shape,
  destination: z.discriminatedUnion('kind', [...destinationSchema.options, browserSchema]),
  id: z.uuid(),
  /** From 1; each change is another version. */
  version: z.int().min(1),
  author: z.string(),
  updatedAt: instantSchema,
});
export type Channel = z.infer<typeof channelSchema>;

type Filter = Pick<Channel, 'tenant' | 'enabled' | 'minimumSeverity' | 'rules' | 'destination'>;

/** Whether a channel tells of something. */
export function tells(
  { tenant, enabled, minimumSeverity, rules, destination }: Filter,
  notice: Pick<Notice, 'tenant' | 'severity' | 'rule'>,
): boolean {
  if (!enabled || isWorse(minimumSeverity, notice.severity)) return false;
  if (tenant !== null && tenant !== notice.tenant) return false;
  if (rules !== null && (notice.rule === null || !rules.includes(notice.rule))) return false;
  return destination.kind !== 'web-push' || mayKnow(destination.tenants, notice.tenant);
}

function mayKnow(tenants: Parameters<typeof serves>[0], tenant: string | null): boolean {
  return tenant === null ? tenants === '*' : serves(tenants, tenant);
}
