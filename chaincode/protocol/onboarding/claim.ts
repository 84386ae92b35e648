/** A claim: the device that whoever redeems its code brings to life, with a key of its own. */
import { z } from 'zod';

import { deviceSchema, registrationSchema } from '../device.ts';
import { hashHexSchema } from '../hash.ts';
import type { Resource } from '../policy/request.ts';
import { codeRecordSchema } from './state.ts';

/** How far ahead a claim may expire. */
export const MAX_CLAIM_DAYS = 90;

/** All that a device is registered with, but the key, which is made later. */
export const claimedDeviceSchema = registrationSchema.omit({ publicKey: true }).meta({ id: 'ClaimedDevice' });

export const claimDraftSchema = z.strictObject({
  id: hashHexSchema,
  device: claimedDeviceSchema,
  expiresAt: z.iso.datetime(),
});
export type ClaimDraft = z.infer<typeof claimDraftSchema>;

export const claimSchema = codeRecordSchema
  .extend({
    device: claimedDeviceSchema.required(),
    /** Fingerprint of the key that it was redeemed with. */
    keyFingerprint: hashHexSchema.nullable(),
  })
  .meta({ id: 'Claim' });
export type Claim = z.infer<typeof claimSchema>;

export const claimPageSchema = z.strictObject({ claims: z.array(claimSchema), bookmark: z.string() });
export type ClaimPage = z.infer<typeof claimPageSchema>;

export const redeemedClaimSchema = z.strictObject({ claim: claimSchema, device: deviceSchema });
export type RedeemedClaim = z.infer<typeof redeemedClaimSchema>;

/** What a policy may ask about a claim: what it may ask about the device that it will make. */
export function claimResource({ org, device }: Pick<Claim, 'org'> & Pick<ClaimDraft, 'device'>): Resource {
  const { id, tenant, type, groups = [] } = device;
  return { org, device: id, tenant, type, groups };
}

/** Why a device is on the ledger that was made by a claim. */
export function claimReason({ id }: Pick<Claim, 'id'>): string {
  return `claim ${id}`;
}
