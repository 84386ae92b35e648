/** The keys by which vendors sign images: Ed25519 (RFC 8032), each an organisation's. */
import { z } from 'zod';

import { ByteWriter } from '../bytes.ts';
import { publicKeySchema, reasonSchema } from '../device.ts';
import { BiotError } from '../errors.ts';
import { fromHex, HASH_SIZE, hashHexSchema, sha256, toHex } from '../hash.ts';
import { lineSchema, organisationSchema } from '../identifiers.ts';
import { deedSchema } from '../policy/proposal.ts';
import type { Resource } from '../policy/request.ts';

const VENDOR_KEY_STATES = ['active', 'revoked'] as const;

const keyDescriptionSchema = lineSchema(200, 'a description is needed');

/** 64 bytes (Ed25519) in base64, in their one form. */
export const signatureSchema = z
  .string()
  .regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/, 'expected an Ed25519 signature in base64');

/** What an organisation says about a key that it registers. */
export const vendorKeyDraftSchema = z
  .strictObject({
    publicKey: publicKeySchema,
    description: keyDescriptionSchema,
    /** The key's own signature over `registrationBytes`. */
    proof: signatureSchema,
  })
  .meta({ id: 'VendorKeyDraft' });
export type VendorKeyDraft = z.infer<typeof vendorKeyDraftSchema>;

export const vendorKeySchema = z
  .strictObject({
    /** SHA-256 of its DER, in hex. */
    id: hashHexSchema,
    /** MSP id of the organisation that registered it: it signs images for that organisation's types alone. */
    org: organisationSchema,
    publicKey: publicKeySchema,
    description: keyDescriptionSchema,
    state: z.enum(VENDOR_KEY_STATES).meta({ id: 'VendorKeyState' }),
    registered: deedSchema,
    revoked: deedSchema.nullable(),
    /** Why it was revoked. */
    reason: reasonSchema.nullable(),
  })
  .meta({ id: 'VendorKey' });
export type VendorKey = z.infer<typeof vendorKeySchema>;

/**
 * The DER of an Ed25519 key (RFC 8410) is 12 bytes that are always the same, and the key's 32. So is its base64, whose
 * last digit has no bits behind the last byte (RFC 4648 section 3.5): each key has one text, and one fingerprint.
 */
const BASE64_OF_KEY = /^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** @throws BiotError KEY_INVALID unless the PEM (RFC 7468) holds an Ed25519 key */
export function checkVendorKey(pem: string): Pick<VendorKey, 'id' | 'publicKey'> {
  const base64 = publicKeySchema.safeParse(pem).data?.replace(/-----[A-Z ]+-----|[\r\n]/g, '') ?? '';
  if (!BASE64_OF_KEY.test(base64))
    throw new BiotError('KEY_INVALID', 'expected an Ed25519 public key as PEM (SubjectPublicKeyInfo)');
  const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const publicKey = ['-----BEGIN PUBLIC KEY-----', base64, '-----END PUBLIC KEY-----', ''].join('\n');
  return { id: toHex(sha256(der)), publicKey };
}

const REGISTRATION_DOMAIN = 'biot.vendor-key.1';

/**
 * The bytes that a key signs to be registered by an organisation (MSP id): nobody registers the key of another, who could
 * not register it any more then.
 */
export function registrationBytes(keyId: string, org: string): Uint8Array {
  return new ByteWriter().text(REGISTRATION_DOMAIN).text(org).fixed(fromHex(keyId), HASH_SIZE).finish();
}

/** Keys (PEM) that are trusted, by their ids. @throws BiotError KEY_INVALID */
export function keyRing(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map(checkVendorKey).map(({ id, publicKey }) => [id, publicKey]));
}

/** What a policy may ask about a vendor's key. */
export function vendorKeyResource({ org }: Pick<VendorKey, 'org'>): Resource {
  return { org };
}
