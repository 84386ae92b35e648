import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { canonicalJson } from '../protocol/canonical-json.ts';
import { reasonSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import {
  ledgerStateAfter,
  type Rollout,
  type RolloutDraft,
  rolloutDraftSchema,
  rolloutIdSchema,
  rolloutResource,
  ROLLOUTS_EVENT,
  rolloutSchema,
  type RolloutStep,
} from '../protocol/firmware/rollout.ts';
import type { Action } from '../protocol/policy/actions.ts';
import type { Deed } from '../protocol/policy/proposal.ts';
import { serves } from '../protocol/tenants.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, Judge, requirePermission } from './caller.ts';
import { CodedContract } from './coded-contract.ts';
import { Collection } from './collection.ts';
import { deedOf } from './deed.ts';
import { findRelease, requireActive } from './firmware-records.ts';

const pageSizeSchema = decimalSchema({ minimum: 1, maximum: 100 });
const bookmarkSchema = z.union([z.literal(''), rolloutIdSchema]);

/** By id. */
const rollouts = new Collection('rollout', rolloutSchema);

/**
 * Who brings which release to which devices, and who approved, paused or cancelled that. How far devices are is not on the
 * ledger. All results are JSON texts; shapes and event are in `protocol/firmware/rollout.ts`.
 */
@Info({ title: 'RolloutContract', description: 'Rollouts of firmware: create, approve, control, read' })
export class RolloutContract extends CodedContract {
  constructor() {
    super('RolloutContract');
  }

  /** RolloutDraft -> Rollout, for the devices of the caller's organisation. The same draft again changes nothing. */
  @Transaction()
  @Returns('string')
  async Create(ctx: Context, rolloutJson: string): Promise<string> {
    const draft = parseJsonArgument('rollout', rolloutDraftSchema, rolloutJson);
    const { type, version } = await findRelease(ctx, draft.release);
    const { org } = callerOf(ctx);
    const caller = await requirePermission(
      ctx,
      'rollout:create',
      rolloutResource({ ...draft, org, type, version }),
    );
    const known = await rollouts.get(ctx.stub, [draft.id]);
    if (known !== undefined) return sameAs(known, draft, caller.name);
    await requireInstallable(ctx, draft.release);
    return write(ctx, {
      ...{ ...draft, org, type, version, state: draft.approval ? 'pending approval' : 'running' },
      ...{ created: deedOf(ctx, caller), approved: null, changed: null, reason: null },
    });
  }

  /** By another person than the one who created it: -> Rollout */
  @Transaction()
  @Returns('string')
  async Approve(ctx: Context, id: string): Promise<string> {
    return change(ctx, id, {
      action: 'rollout:approve',
      step: 'approve',
      become: async ({ created, release }, deed) => {
        if (deed.name === created.name)
          throw new BiotError(
            'FORBIDDEN',
            `${created.name} created the rollout: somebody else has to approve it`,
          );
        await requireInstallable(ctx, release);
        return { approved: deed };
      },
    });
  }

  /** No further device is told until it is resumed: -> Rollout */
  @Transaction()
  @Returns('string')
  async Pause(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    return control(ctx, id, 'pause', (_rollout, changed) => ({ changed, reason: why }));
  }

  /** -> Rollout */
  @Transaction()
  @Returns('string')
  async Resume(ctx: Context, id: string): Promise<string> {
    return control(ctx, id, 'resume', async ({ release }, changed) => {
      await requireInstallable(ctx, release);
      return { changed, reason: null };
    });
  }

  /** For good. What devices have begun they end: -> Rollout */
  @Transaction()
  @Returns('string')
  async Cancel(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    return control(ctx, id, 'cancel', (_rollout, changed) => ({ changed, reason: why }));
  }

  /** -> Rollout */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const rollout = await findRollout(ctx, id);
    await requirePermission(ctx, 'rollout:read', rolloutResource(rollout));
    return canonicalJson(rollout);
  }

  /**
   * -> { rollouts: Rollout[], bookmark }, ordered by id; `bookmark` as with `DeviceContract:List`. What the caller may not read
   * is left out.
   */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    const judge = await Judge.of(ctx, 'rollout:read');
    const wanted = (rollout: Rollout): boolean => judge.decide(rolloutResource(rollout)).allowed;
    const { records, next } = await rollouts.page(ctx.stub, [], { from, size, wanted });
    return canonicalJson({ rollouts: records, bookmark: next });
  }
}

/** One of the caller's tenants. @throws BiotError NOT_FOUND */
async function findRollout(ctx: Context, id: string): Promise<Rollout> {
  const rollout = await rollouts.get(ctx.stub, [parseArgument('id', rolloutIdSchema, id)]);
  if (rollout === undefined || !serves(callerOf(ctx).tenants, rollout.tenant))
    throw new BiotError('NOT_FOUND', `the ledger has no rollout ${id}`);
  return rollout;
}

/** @throws BiotError FIRMWARE_INVALID unless the release is approved, by a key that is not revoked */
async function requireInstallable(ctx: Context, release: string): Promise<void> {
  const { state, key } = await findRelease(ctx, release);
  if (state !== 'approved') throw new BiotError('FIRMWARE_INVALID', `the release ${release} is ${state}`);
  requireActive(key);
}

/** @throws BiotError INVALID_ARGUMENT */
function sameAs(known: Rollout, draft: RolloutDraft, name: string): string {
  const is = canonicalJson(known);
  if (known.created.name === name && canonicalJson({ ...known, ...draft }) === is) return is;
  throw new BiotError('INVALID_ARGUMENT', 'id: there is another rollout with this id');
}

type Become = (rollout: Rollout, deed: Deed) => Partial<Rollout> | Promise<Partial<Rollout>>;

function control(ctx: Context, id: string, step: RolloutStep, become: Become): Promise<string> {
  return change(ctx, id, { action: 'rollout:control', step, become });
}

async function change(
  ctx: Context,
  id: string,
  { action, step, become }: { action: Action; step: RolloutStep; become: Become },
): Promise<string> {
  const rollout = await findRollout(ctx, id);
  const caller = await requirePermission(ctx, action, rolloutResource(rollout));
  const state = ledgerStateAfter(rollout.state, step);
  return write(ctx, { ...rollout, ...(await become(rollout, deedOf(ctx, caller))), state });
}

/** Writes it and tells the channel. */
async function write({ stub }: Context, rollout: Rollout): Promise<string> {
  await rollouts.put(stub, [rollout.id], rollout);
  stub.setEvent(ROLLOUTS_EVENT, Buffer.from(canonicalJson({ rollouts: [rollout] })));
  return canonicalJson(rollout);
}
