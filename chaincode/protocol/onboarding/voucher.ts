/** A voucher: devices that their owner hands to the organisation that redeems its code. */
import { z } from 'zod';

import { type Device, deviceSchema, groupsSchema, MAX_REGISTRATIONS } from '../device.ts';
import { BiotError } from '../errors.ts';
import { hashHexSchema } from '../hash.ts';
import { deviceIdSchema, organisationSchema, tenantSchema } from '../identifiers.ts';
import type { Resource } from '../policy/request.ts';
import { codeRecordSchema } from './state.ts';

/** How far ahead a voucher may expire: devices lie on shelves. */
export const MAX_VOUCHER_DAYS = 730;

/** Devices in one voucher: all are written in one transaction. */
export const MAX_VOUCHER_DEVICES = MAX_REGISTRATIONS;

const deviceIdsSchema = z
  .array(deviceIdSchema)
  .min(1)
  .max(MAX_VOUCHER_DEVICES)
  .refine((ids) => new Set(ids).size === ids.length, 'a device is there twice');

export const voucherDraftSchema = z.strictObject({
  id: hashHexSchema,
  devices: deviceIdsSchema,
  expiresAt: z.iso.datetime(),
  /** The only organisation that may redeem it (MSP id): then a stolen code is worth nothing. Any other one, if left out. */
  to: organisationSchema.optional(),
});
export type VoucherDraft = z.infer<typeof voucherDraftSchema>;

export const voucherSchema = codeRecordSchema
  .extend({ devices: deviceIdsSchema, to: organisationSchema.nullable() })
  .meta({ id: 'Voucher' });
export type Voucher = z.infer<typeof voucherSchema>;

export const voucherPageSchema = z.strictObject({ vouchers: z.array(voucherSchema), bookmark: z.string() });
export type VoucherPage = z.infer<typeof voucherPageSchema>;

/** What becomes of the devices: the redeemer's tenant, and its groups; without any, they are in none. */
export const acceptanceSchema = z.strictObject({ tenant: tenantSchema, groups: groupsSchema.optional() });
export type Acceptance = z.infer<typeof acceptanceSchema>;

export const redeemedVoucherSchema = z.strictObject({
  voucher: voucherSchema,
  devices: z.array(deviceSchema),
});
export type RedeemedVoucher = z.infer<typeof redeemedVoucherSchema>;

/** What a policy may ask about a voucher: its devices may differ in all else. */
export function voucherResource({ org }: Pick<Voucher, 'org'>): Resource {
  return { org };
}

/** @throws BiotError FORBIDDEN unless this organisation (MSP id) may redeem it */
export function requireRedeemer({ org, to }: Pick<Voucher, 'org' | 'to'>, redeemer: string): void {
  if (redeemer === org)
    throw new BiotError('FORBIDDEN', `${org} made this voucher: it is for another organisation`);
  if (to !== null && redeemer !== to) throw new BiotError('FORBIDDEN', `this voucher is for ${to}`);
}

/** Why a device of this organisation cannot be handed over by a voucher; undefined when it can. */
export function obstacleToVoucher(
  { status, org, transfer }: Pick<Device, 'status' | 'org' | 'transfer'>,
  owner: string,
): string | undefined {
  if (org !== owner) return `is not ${owner}'s`;
  if (status === 'suspended' || status === 'revoked') return `is ${status}`;
  if (transfer !== null) return `is offered to ${transfer.to}`;
  return undefined;
}
