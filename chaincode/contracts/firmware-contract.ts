import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { reasonSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import {
  type Release,
  releaseDraftSchema,
  releaseResource,
  releaseStateAfter,
  type ReleaseStep,
  type SignedRelease,
} from '../protocol/firmware/release.ts';
import {
  checkVendorKey,
  registrationBytes,
  type VendorKey,
  vendorKeyDraftSchema,
  vendorKeyResource,
} from '../protocol/firmware/vendor-key.ts';
import { hashHexSchema } from '../protocol/hash.ts';
import { deviceTypeSchema } from '../protocol/identifiers.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { compareVersions } from '../protocol/policy/version.ts';
import { parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { deedOf } from './deed.ts';
import {
  claimVersion,
  findRelease,
  findVendorKey,
  isSignedBy,
  publishedAs,
  putRelease,
  putVendorKey,
  releasesOf,
  requireActive,
  signerOf,
  vendorKeys,
} from './firmware-records.ts';
import { findType } from './type-records.ts';

/** What is wrong with a key, `checkVendorKey` says. */
const keyDraftSchema = vendorKeyDraftSchema.extend({ publicKey: z.string() });
const wantedTypeSchema = z.union([z.literal(''), deviceTypeSchema]);

/**
 * Firmware: an organisation publishes signed images for its types, another one approves them. All results are JSON texts;
 * shapes and event are in `protocol/firmware/`.
 */
@Info({ title: 'FirmwareContract', description: 'Releases of firmware, and the keys that sign them' })
export class FirmwareContract extends CodedContract {
  constructor() {
    super('FirmwareContract');
  }

  /** Registers a key as the caller's organisation's, once it has signed that it is to be: VendorKeyDraft -> VendorKey */
  @Transaction()
  @Returns('string')
  async RegisterVendorKey(ctx: Context, keyJson: string): Promise<string> {
    const { description, proof, ...draft } = parseJsonArgument('key', keyDraftSchema, keyJson);
    const { id, publicKey } = checkVendorKey(draft.publicKey);
    const { org } = callerOf(ctx);
    const caller = await requirePermission(ctx, 'firmware:vendor-key', vendorKeyResource({ org }));
    if (!isSignedBy(publicKey, registrationBytes(id, org), proof))
      throw new BiotError('FORBIDDEN', `the key has not signed that ${org} registers it`);
    if (await vendorKeys.has(ctx.stub, [id]))
      throw new BiotError('KEY_TAKEN', `the vendor key ${id} was registered before`);
    const key: VendorKey = {
      ...{ id, org, publicKey, description, state: 'active' },
      ...{ registered: deedOf(ctx, caller), revoked: null, reason: null },
    };
    await putVendorKey(ctx, key);
    return canonicalJson(key);
  }

  /** For good, and with it all that it signed: no device takes that any more: -> VendorKey */
  @Transaction()
  @Returns('string')
  async RevokeVendorKey(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    const key = await findVendorKey(ctx, parseArgument('id', hashHexSchema, id));
    const caller = await requirePermission(ctx, 'firmware:vendor-key', vendorKeyResource(key));
    if (key.state === 'revoked')
      throw new BiotError('TRANSITION_ILLEGAL', `the vendor key ${key.id} is revoked already`);
    const revoked: VendorKey = { ...key, state: 'revoked', revoked: deedOf(ctx, caller), reason: why };
    await putVendorKey(ctx, revoked);
    return canonicalJson(revoked);
  }

  /** -> VendorKey[], in the order of their ids. Those that the caller may not read are left out. */
  @Transaction(false)
  @Returns('string')
  async VendorKeys(ctx: Context): Promise<string> {
    const judge = await Judge.of(ctx, 'firmware:read');
    const all = await vendorKeys.all(ctx.stub, []);
    return canonicalJson(all.filter((key) => judge.decide(vendorKeyResource(key)).allowed));
  }

  /** ReleaseDraft -> SignedRelease, of the organisation whose type it is for. The same draft again changes nothing. */
  @Transaction()
  @Returns('string')
  async Publish(ctx: Context, releaseJson: string): Promise<string> {
    const draft = parseJsonArgument('release', releaseDraftSchema, releaseJson);
    const { org } = await findType(ctx, draft.type);
    const resource = releaseResource({ org, type: draft.type });
    const caller = await requirePermission(ctx, 'firmware:publish', resource);
    const key = await signerOf(ctx, draft, org);
    const known = await publishedAs(ctx, draft);
    if (known !== undefined) {
      if (canonicalJson({ ...known, ...draft }) === canonicalJson(known)) return canonicalJson(known);
      throw new BiotError('INVALID_ARGUMENT', 'id: there is another release of this image');
    }
    const release: Release = {
      ...{ ...draft, org, state: 'published', published: deedOf(ctx, caller) },
      ...{ decided: null, withdrawn: null, reason: null },
    };
    await claimVersion(ctx, release);
    await putRelease(ctx, release);
    return canonicalJson({ ...release, key } satisfies SignedRelease);
  }

  /** By a member of another organisation than the one that published it: -> SignedRelease */
  @Transaction()
  @Returns('string')
  async Approve(ctx: Context, id: string): Promise<string> {
    const release = await findRelease(ctx, parseArgument('id', hashHexSchema, id));
    const caller = await requireDecider(ctx, release);
    requireActive(release.key);
    return step(ctx, release, { step: 'approve', changes: { decided: deedOf(ctx, caller) } });
  }

  /** By a member of another organisation, likewise: -> SignedRelease */
  @Transaction()
  @Returns('string')
  async Reject(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    const release = await findRelease(ctx, parseArgument('id', hashHexSchema, id));
    const caller = await requireDecider(ctx, release);
    return step(ctx, release, { step: 'reject', changes: { decided: deedOf(ctx, caller), reason: why } });
  }

  /** No device takes it from now on. Either side may stop what took two to begin: -> SignedRelease */
  @Transaction()
  @Returns('string')
  async Withdraw(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    const release = await findRelease(ctx, parseArgument('id', hashHexSchema, id));
    const right = callerOf(ctx).org === release.org ? 'firmware:publish' : 'firmware:approve';
    const caller = await requirePermission(ctx, right, releaseResource(release));
    const withdrawn = deedOf(ctx, caller);
    return step(ctx, release, { step: 'withdraw', changes: { withdrawn, reason: why } });
  }

  /** -> SignedRelease */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const release = await findRelease(ctx, parseArgument('id', hashHexSchema, id));
    await requirePermission(ctx, 'firmware:read', releaseResource(release));
    return canonicalJson(release);
  }

  /**
   * -> SignedRelease[] of a type (empty: of all types), by type, the newest version first. What the caller may not read is
   * left out.
   */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, type: string): Promise<string> {
    const wanted = parseArgument('type', wantedTypeSchema, type);
    const judge = await Judge.of(ctx, 'firmware:read');
    const all = await releasesOf(ctx, wanted === '' ? undefined : wanted);
    const readable = all.filter((release) => judge.decide(releaseResource(release)).allowed);
    return canonicalJson(readable.sort(newestFirst));
  }
}

function newestFirst(left: Release, right: Release): number {
  if (left.type !== right.type) return left.type < right.type ? -1 : 1;
  return compareVersions(right.version, left.version);
}

/** Two eyes of one organisation see what that organisation wants: the second pair has to be another's. */
async function requireDecider(ctx: Context, release: SignedRelease): Promise<Subject> {
  const caller = await requirePermission(ctx, 'firmware:approve', releaseResource(release));
  if (caller.org !== release.org) return caller;
  throw new BiotError(
    'FORBIDDEN',
    `${release.org} published it: a member of another organisation has to decide`,
  );
}

async function step(
  ctx: Context,
  { key, ...release }: SignedRelease,
  { step: taken, changes }: { step: ReleaseStep; changes: Partial<Release> },
): Promise<string> {
  const state = releaseStateAfter(release.state, taken);
  const after: Release = { ...release, ...changes, state };
  await putRelease(ctx, after);
  return canonicalJson({ ...after, key } satisfies SignedRelease);
}
