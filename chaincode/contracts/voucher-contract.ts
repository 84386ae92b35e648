import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { type Device, reasonSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { hashHexSchema } from '../protocol/hash.ts';
import {
  acceptanceSchema,
  MAX_VOUCHER_DAYS,
  obstacleToVoucher,
  requireRedeemer,
  type Voucher,
  voucherDraftSchema,
  voucherResource,
  voucherSchema,
} from '../protocol/onboarding/voucher.ts';
import { unknownCode } from '../protocol/onboarding/state.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { Collection } from './collection.ts';
import { markOf, writeDevices } from './device-changes.ts';
import { findAnyDevices, findDevices } from './device-records.ts';
import { ended, newRecord, transientCodeId } from './onboarding-codes.ts';

const MAX_PAGE = 1000;
/** Devices that a refusal names. */
const NAMED = 10;

const pageSizeSchema = decimalSchema({ minimum: 1, maximum: MAX_PAGE });
const bookmarkSchema = z.union([z.literal(''), hashHexSchema]);

/** By id, which is the hash of the code. */
const vouchers = new Collection('voucher', voucherSchema);

/**
 * Devices that change hands by a code: their owner signs when it makes the voucher, the new owner when it redeems it.
 * All results are JSON texts.
 */
@Info({ title: 'VoucherContract', description: 'Hands devices over by codes that are good once' })
export class VoucherContract extends CodedContract {
  constructor() {
    super('VoucherContract');
  }

  /** Promises devices of the caller's organisation to another one that redeems the code: VoucherDraft -> Voucher */
  @Transaction()
  @Returns('string')
  async Create(ctx: Context, voucherJson: string): Promise<string> {
    const draft = parseJsonArgument('voucher', voucherDraftSchema, voucherJson);
    const judge = await Judge.of(ctx, 'voucher:create');
    const caller = judge.subject;
    const devices = await findDevices(ctx, draft.devices);
    for (const device of devices) judge.require(resourceOf(device));
    refuseUnfit(devices, caller.org);
    if (draft.to === caller.org)
      throw new BiotError('INVALID_ARGUMENT', `to: they are ${caller.org}'s already`);
    if ((await vouchers.get(ctx.stub, [draft.id])) !== undefined) {
      throw new BiotError('INVALID_ARGUMENT', 'id: there is a voucher of this id');
    }
    const voucher: Voucher = {
      ...newRecord(ctx, draft, { caller, days: MAX_VOUCHER_DAYS }),
      devices: draft.devices,
      to: draft.to ?? null,
    };
    await vouchers.put(ctx.stub, [voucher.id], voucher);
    return canonicalJson(voucher);
  }

  /**
   * Makes the devices of the voucher whose code comes as transient data `code` the caller's organisation's, active, in
   * its tenant and groups: Acceptance -> RedeemedVoucher. All of them, or none.
   */
  @Transaction()
  @Returns('string')
  async Redeem(ctx: Context, acceptanceJson: string): Promise<string> {
    const { tenant, groups = [] } = parseJsonArgument('acceptance', acceptanceSchema, acceptanceJson);
    const voucher = await findVoucher(ctx, transientCodeId(ctx));
    const judge = await Judge.of(ctx, 'voucher:redeem');
    const caller = judge.subject;
    requireRedeemer(voucher, caller.org);
    // Whose tenant they were in does not matter to who has the code.
    const before = await findAnyDevices(ctx, voucher.devices);
    const mark = markOf(ctx, caller, `voucher ${voucher.id}`);
    const { org } = caller;
    const steps = before.map((device) => ({
      before: device,
      after: { ...device, org, tenant, groups: [...groups].sort(), status: 'active' as const, ...mark },
    }));
    const after = steps.map((step) => step.after);
    for (const device of after) judge.require(resourceOf(device));
    const redeemed = ended(ctx, voucher, { step: 'redeem', caller });
    refuseUnfit(before, voucher.org);
    await vouchers.put(ctx.stub, [voucher.id], redeemed);
    await writeDevices(ctx, steps);
    return canonicalJson({ voucher: redeemed, devices: after });
  }

  /** Makes a code worthless: -> Voucher */
  @Transaction()
  @Returns('string')
  async Withdraw(ctx: Context, id: string, reason: string): Promise<string> {
    const voucher = await findVoucher(ctx, parseArgument('id', hashHexSchema, id));
    const why = parseArgument('reason', reasonSchema, reason);
    const caller = await requirePermission(ctx, 'voucher:withdraw', voucherResource(voucher));
    const withdrawn = ended(ctx, voucher, { step: 'withdraw', caller, reason: why });
    await vouchers.put(ctx.stub, [voucher.id], withdrawn);
    return canonicalJson(withdrawn);
  }

  /** -> Voucher */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const voucher = await findVoucher(ctx, parseArgument('id', hashHexSchema, id));
    await requirePermission(ctx, 'voucher:read', voucherResource(voucher));
    return canonicalJson(voucher);
  }

  /** -> VoucherPage, ordered by id; `bookmark` as with `DeviceContract:List`. What the caller may not read is left out. */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    const judge = await Judge.of(ctx, 'voucher:read');
    const wanted = (voucher: Voucher): boolean => judge.decide(voucherResource(voucher)).allowed;
    const { records, next } = await vouchers.page(ctx.stub, [], { from, size, wanted });
    return canonicalJson({ vouchers: records, bookmark: next });
  }
}

/** @throws BiotError NOT_FOUND */
async function findVoucher({ stub }: Context, id: string): Promise<Voucher> {
  const voucher = await vouchers.get(stub, [id]);
  if (voucher === undefined) throw unknownCode('voucher');
  return voucher;
}

/** @throws BiotError TRANSITION_ILLEGAL that names the devices which cannot be handed over, and why */
function refuseUnfit(devices: readonly Device[], owner: string): void {
  const unfit = devices.flatMap((device) => {
    const obstacle = obstacleToVoucher(device, owner);
    return obstacle === undefined ? [] : [`${device.id} ${obstacle}`];
  });
  if (unfit.length === 0) return;
  const rest = unfit.length > NAMED ? ` and ${unfit.length - NAMED} more` : '';
  throw new BiotError('TRANSITION_ILLEGAL', `${unfit.slice(0, NAMED).join(', ')}${rest}`);
}
