/** A release: an image that a vendor signed for a type of devices, and what the consortium decided about it. */
import { z } from 'zod';

import { ByteWriter } from '../bytes.ts';
import { reasonSchema } from '../device.ts';
import { BiotError } from '../errors.ts';
import { fromHex, HASH_SIZE, hashHexSchema } from '../hash.ts';
import { deviceTypeSchema, lineSchema, organisationSchema } from '../identifiers.ts';
import { deedSchema } from '../policy/proposal.ts';
import { type Resource, versionSchema } from '../policy/request.ts';
import { compareVersions } from '../policy/version.ts';
import { signatureSchema, vendorKeySchema } from './vendor-key.ts';

export const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

const contentSchema = z.strictObject({
  /** SHA-256 of the image, in hex. */
  id: hashHexSchema,
  type: deviceTypeSchema,
  version: versionSchema,
  /** A device comes to it from this version, or from a later one. */
  minimumVersion: versionSchema,
  /** Bytes. */
  size: z.int().min(1).max(MAX_IMAGE_BYTES),
});
/** What the vendor signs. */
export type ReleaseContent = z.infer<typeof contentSchema>;

const DOMAIN = 'biot.firmware.1';

/** The bytes that the vendor's key signs (Ed25519, RFC 8032). */
export function releaseBytes({ id, type, version, minimumVersion, size }: ReleaseContent): Uint8Array {
  return new ByteWriter()
    .text(DOMAIN)
    .text(type)
    .text(version)
    .text(minimumVersion)
    .u64(size)
    .fixed(fromHex(id), HASH_SIZE)
    .finish();
}

/** From a version that is not older than itself nothing comes to it. */
const comesFromOlder = ({ version, minimumVersion }: ReleaseContent): boolean =>
  compareVersions(minimumVersion, version) < 0;

const draftFieldsSchema = contentSchema.extend({
  signature: signatureSchema,
  /** Id of the vendor's key that signed it. */
  vendorKey: hashHexSchema,
  /** What is new, for people. */
  notes: lineSchema(1000, 'notes are needed'),
});

export const releaseDraftSchema = draftFieldsSchema
  .refine(comesFromOlder, { error: 'is not older than the version', path: ['minimumVersion'] })
  .meta({ id: 'ReleaseDraft' });
export type ReleaseDraft = z.infer<typeof releaseDraftSchema>;

export const RELEASE_STATES = ['published', 'approved', 'rejected', 'withdrawn'] as const;
const releaseStateSchema = z.enum(RELEASE_STATES).meta({ id: 'ReleaseState' });
export type ReleaseState = z.infer<typeof releaseStateSchema>;

export const releaseSchema = draftFieldsSchema
  .extend({
    /** MSP id of the organisation that published it, whose type and key they are. */
    org: organisationSchema,
    state: releaseStateSchema,
    published: deedSchema,
    /** Who approved or rejected it. */
    decided: deedSchema.nullable(),
    withdrawn: deedSchema.nullable(),
    /** Why it was rejected or withdrawn. */
    reason: reasonSchema.nullable(),
  })
  .meta({ id: 'Release' });
export type Release = z.infer<typeof releaseSchema>;

/** A release with the key that signed it, as that is now: a key that was revoked since takes its releases along. */
export const signedReleaseSchema = releaseSchema
  .extend({ key: vendorKeySchema })
  .meta({ id: 'SignedRelease' });
export type SignedRelease = z.infer<typeof signedReleaseSchema>;

const STEPS = {
  approve: { from: ['published'], to: 'approved' },
  reject: { from: ['published'], to: 'rejected' },
  withdraw: { from: ['published', 'approved'], to: 'withdrawn' },
} as const satisfies Readonly<Record<string, { from: readonly ReleaseState[]; to: ReleaseState }>>;
export type ReleaseStep = keyof typeof STEPS;

/** @throws BiotError TRANSITION_ILLEGAL */
export function releaseStateAfter(state: ReleaseState, step: ReleaseStep): ReleaseState {
  const { from, to } = STEPS[step];
  if (from.some((candidate) => candidate === state)) return to;
  throw new BiotError('TRANSITION_ILLEGAL', `the release is ${state} already`);
}

/** What a policy may ask about a release. */
export function releaseResource({ org, type }: Pick<Release, 'org' | 'type'>): Resource {
  return { org, type };
}

/** What the contract tells the channel after any change: the records as they are now. */
export const FIRMWARE_EVENT = 'firmware';
export const firmwareEventSchema = z.strictObject({
  releases: z.array(releaseSchema),
  keys: z.array(vendorKeySchema),
});
