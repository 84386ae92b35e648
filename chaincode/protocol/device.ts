import { z } from 'zod';

import { hashHexSchema } from './hash.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
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

export const reasonSchema = z.string().trim().min(1, 'a reason is needed').max(500).meta({ id: 'Reason' });

export const registrationSchema = z
  .strictObject({
    id: deviceIdSchema,
    tenant: tenantSchema,
    type: deviceTypeSchema,
    publicKey: publicKeySchema,
  })
  .meta({ id: 'Registration' });
export type Registration = z.infer<typeof registrationSchema>;

/** Devices in one transaction. */
export const MAX_REGISTRATIONS = 500;

export const deviceSchema = z
  .strictObject({
    id: deviceIdSchema,
    tenant: tenantSchema,
    type: deviceTypeSchema,
    /** MSP id of the organisation that registered it. */
    org: organisationSchema,
    publicKey: publicKeySchema,
    /** SHA-256 of the key's DER (SubjectPublicKeyInfo), in hex. */
    keyFingerprint: hashHexSchema,
    status: deviceStatusSchema,
    epoch: epochSchema,
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

export const devicePageSchema = z.strictObject({ devices: z.array(deviceSchema), bookmark: z.string() });
export type DevicePage = z.infer<typeof devicePageSchema>;

export const deviceChangeSchema = z
  .strictObject({ transaction: transactionIdSchema, timestamp: z.iso.datetime(), device: deviceSchema })
  .meta({ id: 'DeviceChange' });
export type DeviceChange = z.infer<typeof deviceChangeSchema>;

/** What the contract tells the channel after any change: the full records as they are now. */
export const devicesEventSchema = z.strictObject({ devices: z.array(deviceSchema) });
export const DEVICES_EVENT = 'devices';
