import { verify } from 'node:crypto';

import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';
import {
  FIRMWARE_EVENT,
  type Release,
  releaseBytes,
  type ReleaseDraft,
  releaseSchema,
  type SignedRelease,
} from '../protocol/firmware/release.ts';
import { type VendorKey, vendorKeySchema } from '../protocol/firmware/vendor-key.ts';
import { hashHexSchema } from '../protocol/hash.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { Collection } from './collection.ts';

/** By their ids. */
export const vendorKeys = new Collection('vendor-key', vendorKeySchema);
const releases = new Collection('release', releaseSchema);

/** The release's id by type and version: a version of a type is one image, and is used up with it. */
const versions = new Collection('release-version', hashHexSchema);

/** @throws BiotError NOT_FOUND */
export async function findVendorKey({ stub }: Context, id: string): Promise<VendorKey> {
  const key = await vendorKeys.get(stub, [id]);
  if (key === undefined) throw new BiotError('NOT_FOUND', `the ledger has no vendor key ${id}`);
  return key;
}

/** @throws BiotError NOT_FOUND */
export async function findRelease(ctx: Context, id: string): Promise<SignedRelease> {
  const release = await releases.get(ctx.stub, [id]);
  if (release === undefined) throw new BiotError('NOT_FOUND', `the ledger has no release ${id}`);
  return { ...release, key: await findVendorKey(ctx, release.vendorKey) };
}

/** The releases of a type, or of all. */
export async function releasesOf(ctx: Context, type: string | undefined): Promise<SignedRelease[]> {
  const found: SignedRelease[] = [];
  for (const id of await versions.all(ctx.stub, type === undefined ? [] : [type]))
    found.push(await findRelease(ctx, id));
  return found;
}

/** The release that has this image already. @throws BiotError INVALID_ARGUMENT when its version belongs to another image */
export async function publishedAs(ctx: Context, draft: ReleaseDraft): Promise<SignedRelease | undefined> {
  const { id, type, version } = draft;
  if (await releases.has(ctx.stub, [id])) return findRelease(ctx, id);
  if (!(await versions.has(ctx.stub, [type, version]))) return undefined;
  throw new BiotError('INVALID_ARGUMENT', `version: another image of ${type} is ${version} already`);
}

/**
 * The key that signed the draft.
 *
 * @param org MSP id of whose the type is: no other organisation's key signs for it
 * @throws BiotError FIRMWARE_INVALID when it did not, or is no key that counts
 */
export async function signerOf({ stub }: Context, draft: ReleaseDraft, org: string): Promise<VendorKey> {
  const key = await vendorKeys.get(stub, [draft.vendorKey]);
  if (key?.org !== org) throw invalid(`${org} has no vendor key ${draft.vendorKey}`);
  requireActive(key);
  if (!isSignedBy(key.publicKey, releaseBytes(draft), draft.signature))
    throw invalid('the signature is not the vendor key’s over type, version, minimum, size and hash');
  return key;
}

/** @throws BiotError FIRMWARE_INVALID */
export function requireActive({ id, state }: VendorKey): void {
  if (state !== 'active') throw invalid(`the vendor key ${id} is ${state}`);
}

/** Ed25519 (RFC 8032), which has no choices left to the verifier that endorsers could make differently. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  return verify(null, bytes, publicKey, Buffer.from(signature, 'base64'));
}

function invalid(message: string): BiotError {
  return new BiotError('FIRMWARE_INVALID', message);
}

/** Writes a new release, or what became of one, and tells the channel. */
export async function putRelease({ stub }: Context, release: Release): Promise<void> {
  await releases.put(stub, [release.id], release);
  announce(stub, { releases: [release], keys: [] });
}

export async function claimVersion(
  { stub }: Context,
  { id, type, version }: Pick<Release, 'id' | 'type' | 'version'>,
): Promise<void> {
  await versions.put(stub, [type, version], id);
}

export async function putVendorKey({ stub }: Context, key: VendorKey): Promise<void> {
  await vendorKeys.put(stub, [key.id], key);
  announce(stub, { releases: [], keys: [key] });
}

function announce(stub: Context['stub'], changed: { releases: Release[]; keys: VendorKey[] }): void {
  stub.setEvent(FIRMWARE_EVENT, Buffer.from(canonicalJson(changed)));
}
