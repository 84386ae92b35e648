import { z } from 'zod';

import { BiotError } from './errors.ts';
import { hashHexSchema } from './hash.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  lineSchema,
  memberNameSchema,
  organisationSchema,
  tenantSchema,
  transactionIdSchema,
} from './identifiers.ts';
import { epochSchema } from './message.ts';

export const DEVICE_STATUSES = ['registered', 'active', 'suspended', 'revoked'] as const;
export const deviceStatusSchema = z.enum(DEVICE_STATUSES).meta({ id: 'DeviceStatus' });
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/** Where each status may go; `revoked` is final. */
export const TRANSITIONS: Readonly<Record<DeviceStatus, readonly DeviceStatus[]>> = {
  registered: ['active', 'revoked'],
  active: ['suspended', 'revoked'],
  suspended: ['active', 'revoked'],
  revoked: [],
};

export function mayBecome(from: DeviceStatus, to: DeviceStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/** P-256 SubjectPublicKeyInfo (RFC 5480) in PEM: 91 bytes of DER. */
export const publicKeySchema = z
  .string()
  .max(400)
  .regex(
    /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----\r?\n?$/,
    'expected a public key in PEM (SubjectPublicKeyInfo)',
  )
  .meta({ id: 'PublicKey' });

export const reasonSchema = lineSchema(500, 'a reason is needed').meta({ id: 'Reason' });

const MAX_LABELS = 16;

/** The groups that a device belongs to; policies may name them. */
export const groupsSchema = z
  .array(groupSchema)
  .max(MAX_LABELS)
  .refine((groups) => new Set(groups).size === groups.length, 'a group is there twice');

/** Notes for people, such as where a device stands; nothing decides by them. */
export const tagsSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'a tag is named with a-z, 0-9, _ and -'),
    lineSchema(100),
  )
  .refine((tags) => Object.keys(tags).length <= MAX_LABELS, `at most ${MAX_LABELS} tags`);

export const labelsSchema = z.strictObject({ groups: groupsSchema, tags: tagsSchema }).meta({ id: 'Labels' });
export type Labels = z.infer<typeof labelsSchema>;

export const registrationSchema = z
  .strictObject({
    id: deviceIdSchema,
    tenant: tenantSchema,
    type: deviceTypeSchema,
    publicKey: publicKeySchema,
    groups: groupsSchema.optional(),
    tags: tagsSchema.optional(),
  })
  .meta({ id: 'Registration' });
export type Registration = z.infer<typeof registrationSchema>;

/** Devices in one transaction. */
export const MAX_REGISTRATIONS = 500;

/** Keys that a device may have had; one that needs more of them is in the wrong hands. */
export const MAX_RETIRED_KEYS = 200;

/** A key that was replaced works beside the new one until this instant, so that a device may change it when it can. */
const previousKeySchema = z.strictObject({
  publicKey: publicKeySchema,
  keyFingerprint: hashHexSchema,
  until: z.iso.datetime(),
});

/** The owner has signed that the device shall be that organisation's; it becomes so when that one signs, too. */
const transferSchema = z.strictObject({ to: organisationSchema, by: memberNameSchema, at: z.iso.datetime() });

export const deviceSchema = z
  .strictObject({
    id: deviceIdSchema,
    tenant: tenantSchema,
    type: deviceTypeSchema,
    /** MSP id of the organisation that owns it. */
    org: organisationSchema,
    publicKey: publicKeySchema,
    /** SHA-256 of the key's DER (SubjectPublicKeyInfo), in hex. */
    keyFingerprint: hashHexSchema,
    previousKey: previousKeySchema.nullable(),
    /** Fingerprints of the keys that it had before: certificates for them are refused for ever. */
    retiredKeys: z.array(hashHexSchema).max(MAX_RETIRED_KEYS),
    status: deviceStatusSchema,
    /** Grows when the device is provisioned anew: it then numbers its messages from 1 again. */
    epoch: epochSchema,
    groups: groupsSchema,
    tags: tagsSchema,
    transfer: transferSchema.nullable(),
    /** Instants that the submitting clients named in their proposals; block order is the truth. */
    registeredAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    /** Why and by whom the last change was made, and in which transaction. */
    reason: z.string().max(500),
    by: z.string().max(100),
    transaction: transactionIdSchema,
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof deviceSchema>;

/**
 * The same words for a device that nobody registered and for one of another tenant, wherever it is asked for: the two
 * are not to be told apart.
 */
export function unknownDevice(id: string): BiotError {
  return new BiotError('DEVICE_UNKNOWN', `the ledger knows no device ${id}`);
}

export const devicePageSchema = z.strictObject({ devices: z.array(deviceSchema), bookmark: z.string() });
export type DevicePage = z.infer<typeof devicePageSchema>;

export const deviceChangeSchema = z
  .strictObject({ transaction: transactionIdSchema, timestamp: z.iso.datetime(), device: deviceSchema })
  .meta({ id: 'DeviceChange' });
export type DeviceChange = z.infer<typeof deviceChangeSchema>;

/** How long a replaced key may go on working. */
export const MAX_KEY_OVERLAP_DAYS = 30;

/** The keys by which a device may prove itself at an instant (milliseconds since the Unix epoch), the newest first. */
export function validKeys(
  { publicKey, previousKey }: Pick<Device, 'publicKey' | 'previousKey'>,
  now: number,
): [newest: string, previous?: string] {
  if (previousKey === null || now >= Date.parse(previousKey.until)) return [publicKey];
  return [publicKey, previousKey.publicKey];
}

/** What the contract tells the channel after any change: the full records as they are now. */
export const devicesEventSchema = z.strictObject({ devices: z.array(deviceSchema) });
export const DEVICES_EVENT = 'devices';
