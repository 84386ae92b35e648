import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { reasonSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { hashHexSchema } from '../protocol/hash.ts';
import {
  type Claim,
  claimDraftSchema,
  claimReason,
  claimResource,
  claimSchema,
  MAX_CLAIM_DAYS,
} from '../protocol/onboarding/claim.ts';
import { unknownCode } from '../protocol/onboarding/state.ts';
import { serves } from '../protocol/tenants.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { Collection } from './collection.ts';
import { refuseExisting } from './device-records.ts';
import { addDevices, newDevice } from './device-registration.ts';
import { ended, newRecord, transientCodeId } from './onboarding-codes.ts';
import { requireTypes } from './type-records.ts';

const MAX_PAGE = 1000;

const pageSizeSchema = decimalSchema({ minimum: 1, maximum: MAX_PAGE });
const bookmarkSchema = z.union([z.literal(''), hashHexSchema]);

/** By id, which is the hash of the code. */
const claims = new Collection('claim', claimSchema);

/** Devices that are to come: whoever redeems a claim's code brings one to life. All results are JSON texts. */
@Info({ title: 'ClaimContract', description: 'Onboards devices by codes that are good once' })
export class ClaimContract extends CodedContract {
  constructor() {
    super('ClaimContract');
  }

  /** Promises a device of the caller's organisation to whoever redeems the code: ClaimDraft -> Claim */
  @Transaction()
  @Returns('string')
  async Create(ctx: Context, claimJson: string): Promise<string> {
    const draft = parseJsonArgument('claim', claimDraftSchema, claimJson);
    const { id, groups = [], tags = {}, ...rest } = draft.device;
    const judge = await Judge.of(ctx, 'claim:create');
    const caller = judge.subject;
    judge.require(claimResource({ ...draft, org: caller.org }));
    if ((await claims.get(ctx.stub, [draft.id])) !== undefined) {
      throw new BiotError('INVALID_ARGUMENT', 'id: there is a claim of this id');
    }
    await refuseExisting(ctx.stub, id);
    await requireTypes(ctx, [draft.device]);
    const claim: Claim = {
      ...newRecord(ctx, draft, { caller, days: MAX_CLAIM_DAYS }),
      device: { id, ...rest, groups: [...groups].sort(), tags },
      keyFingerprint: null,
    };
    await claims.put(ctx.stub, [claim.id], claim);
    return canonicalJson(claim);
  }

  /**
   * Makes the device of the claim whose code comes as transient data `code`, active, with this key: -> RedeemedClaim.
   * The caller has seen the device sign with the key. The device is the organisation's that made the claim.
   */
  @Transaction()
  @Returns('string')
  async Redeem(ctx: Context, publicKey: string): Promise<string> {
    const claim = await findClaim(ctx, transientCodeId(ctx));
    const caller = await requirePermission(ctx, 'claim:redeem', claimResource(claim));
    const after = ended(ctx, claim, { step: 'redeem', caller });
    const device = newDevice(
      ctx,
      { ...claim.device, publicKey },
      { org: claim.org, by: caller, status: 'active', reason: claimReason(claim) },
    );
    const redeemed: Claim = { ...after, keyFingerprint: device.keyFingerprint };
    await claims.put(ctx.stub, [claim.id], redeemed);
    await addDevices(ctx, [device]);
    return canonicalJson({ claim: redeemed, device });
  }

  /** Makes a code worthless: -> Claim */
  @Transaction()
  @Returns('string')
  async Withdraw(ctx: Context, id: string, reason: string): Promise<string> {
    const claim = await findClaim(ctx, parseArgument('id', hashHexSchema, id));
    const why = parseArgument('reason', reasonSchema, reason);
    const caller = await requirePermission(ctx, 'claim:withdraw', claimResource(claim));
    const withdrawn = ended(ctx, claim, { step: 'withdraw', caller, reason: why });
    await claims.put(ctx.stub, [claim.id], withdrawn);
    return canonicalJson(withdrawn);
  }

  /** -> Claim */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const claim = await findClaim(ctx, parseArgument('id', hashHexSchema, id));
    await requirePermission(ctx, 'claim:read', claimResource(claim));
    return canonicalJson(claim);
  }

  /** -> ClaimPage, ordered by id; `bookmark` as with `DeviceContract:List`. What the caller may not read is left out. */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    const judge = await Judge.of(ctx, 'claim:read');
    const wanted = (claim: Claim): boolean => judge.decide(claimResource(claim)).allowed;
    const { records, next } = await claims.page(ctx.stub, [], { from, size, wanted });
    return canonicalJson({ claims: records, bookmark: next });
  }
}

/** A claim of the caller's tenants. @throws BiotError NOT_FOUND */
async function findClaim(ctx: Context, id: string): Promise<Claim> {
  const { tenants } = callerOf(ctx);
  const claim = await claims.get(ctx.stub, [id]);
  if (claim === undefined || !serves(tenants, claim.device.tenant)) throw unknownCode('claim');
  return claim;
}
