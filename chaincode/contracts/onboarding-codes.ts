/** What claims and vouchers do alike: both are found by the hash of a code that the ledger never sees. */
import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';
import { codeId, readCode } from '../protocol/onboarding/code.ts';
import { type CodeRecord, type CodeStep, requireExpiry, stateAfter } from '../protocol/onboarding/state.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { deedOf } from './deed.ts';
import { proposalInstant } from './proposal-instant.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The id of the code that came as transient data `code`. An argument would be in the block, where every member of the
 * channel could read it; transient data reaches the endorsers alone.
 *
 * The code is looked up by its hash and compared with nothing. How long that takes depends on the hash, which is public:
 * to learn anything of the code from it means to invert SHA-256.
 *
 * @throws BiotError INVALID_ARGUMENT when there is none, or it is no code
 */
export function transientCodeId({ stub }: Context): string {
  const bytes = stub.getTransient().get('code');
  if (bytes === undefined) throw new BiotError('INVALID_ARGUMENT', 'code: missing in the transient data');
  return codeId(readCode(textOf(bytes)));
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return '';
  }
}

interface Draft {
  readonly id: string;
  readonly expiresAt: string;
}

/** @throws BiotError INVALID_ARGUMENT when it expires too late, or has expired */
export function newRecord(
  ctx: Context,
  { id, expiresAt }: Draft,
  { caller, days }: { caller: Subject; days: number },
): CodeRecord {
  requireExpiry(expiresAt, { now: nowOf(ctx), days });
  const { org } = caller;
  return { id, org, state: 'open', expiresAt, created: deedOf(ctx, caller), ended: null, reason: null };
}

/** The record after the caller's step. @throws BiotError CODE_REDEEMED, CODE_WITHDRAWN or CODE_EXPIRED */
export function ended<R extends CodeRecord>(
  ctx: Context,
  record: R,
  { step, caller, reason = null }: { step: CodeStep; caller: Subject; reason?: string | null },
): R {
  return { ...record, state: stateAfter(record, step, nowOf(ctx)), ended: deedOf(ctx, caller), reason };
}

/**
 * The client's word. Nobody on a channel knows the time: so an expiry binds whoever comes through an honest gateway, and
 * no thief of a gateway, who can write any instant into a proposal. What must not be redeemed has to be withdrawn.
 */
function nowOf(ctx: Context): number {
  return Date.parse(proposalInstant(ctx));
}
