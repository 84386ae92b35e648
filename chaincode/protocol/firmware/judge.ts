/** Whether a device may install an image: decided by the device itself, whoever handed the image to it. */
import { z } from 'zod';

import { compareVersions, isAtLeast } from '../policy/version.ts';
import { releaseBytes, type SignedRelease } from './release.ts';

const REFUSALS = [
  /** Nobody of another organisation has approved it, or somebody rejected it. */
  'not approved',
  'withdrawn',
  /** The device does not trust the key that signed it, or the ledger says that the key is revoked. */
  'key not trusted',
  'signature wrong',
  'type wrong',
  /** Its version is not above the installed one. */
  'downgrade',
  /** The installed version is older than those from which a device comes to it. */
  'below minimum',
  /** Of the image, the end is missing. */
  'truncated',
  'size wrong',
  'hash wrong',
] as const;
export const firmwareRefusalSchema = z.enum(REFUSALS).meta({ id: 'FirmwareRefusal' });
export type FirmwareRefusal = z.infer<typeof firmwareRefusalSchema>;

/** @param publicKey PEM @param signature base64 */
export type VerifySignature = (publicKey: string, bytes: Uint8Array, signature: string) => boolean;

/** What a device knows by itself: nobody who hands it images can say otherwise. */
export interface DeviceFirmware {
  readonly type: string;
  /** The version that is installed. */
  readonly installed: string;
  /** The vendors' keys that it trusts: PEM by id. A key that comes along with a release is never one of them. */
  readonly vendorKeys: ReadonlyMap<string, string>;
  /** Ed25519. */
  readonly verify: VerifySignature;
}

/** The image as it arrived. */
export interface ReceivedImage {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in hex. */
  readonly hash: string;
}

type Check = (release: SignedRelease, device: DeviceFirmware) => boolean;

function isSigned(release: SignedRelease, { vendorKeys, verify }: DeviceFirmware): boolean {
  const key = vendorKeys.get(release.vendorKey);
  return key !== undefined && verify(key, releaseBytes(release), release.signature);
}

/** In this order: of what the vendor did not sign, nothing that it says is looked at. */
const CHECKS: readonly (readonly [FirmwareRefusal, Check])[] = [
  ['key not trusted', ({ vendorKey }, { vendorKeys }) => vendorKeys.has(vendorKey)],
  ['signature wrong', isSigned],
  ['key not trusted', ({ key, vendorKey }) => key.id === vendorKey && key.state === 'active'],
  ['withdrawn', ({ state }) => state !== 'withdrawn'],
  ['not approved', ({ state }) => state === 'approved'],
  ['type wrong', ({ type }, device) => type === device.type],
  ['downgrade', ({ version }, { installed }) => compareVersions(version, installed) > 0],
  ['below minimum', ({ minimumVersion }, { installed }) => isAtLeast(installed, minimumVersion)],
];

/** Why the device must not even fetch the image; undefined when it may. */
export function judgeRelease(release: SignedRelease, device: DeviceFirmware): FirmwareRefusal | undefined {
  return CHECKS.find(([, passes]) => !passes(release, device))?.[0];
}

/** Why the device must not install what it received as this release; undefined when it may. */
export function judgeImage(
  release: SignedRelease,
  device: DeviceFirmware,
  { size, hash }: ReceivedImage,
): FirmwareRefusal | undefined {
  const refusal = judgeRelease(release, device);
  if (refusal !== undefined) return refusal;
  if (size !== release.size) return size < release.size ? 'truncated' : 'size wrong';
  return hash === release.id ? undefined : 'hash wrong';
}
