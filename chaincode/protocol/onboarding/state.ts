/** What may become of a claim or a voucher: open -> redeemed | withdrawn, and no more after that. */
import { z } from 'zod';

import { BiotError } from '../errors.ts';
import { hashHexSchema } from '../hash.ts';
import { organisationSchema } from '../identifiers.ts';
import { deedSchema } from '../policy/proposal.ts';

export const CODE_STATES = ['open', 'redeemed', 'withdrawn'] as const;
export const codeStateSchema = z.enum(CODE_STATES).meta({ id: 'CodeState' });
export type CodeState = z.infer<typeof codeStateSchema>;

export type CodeStep = 'redeem' | 'withdraw';

/** What claims and vouchers have in common. */
export const codeRecordSchema = z.strictObject({
  /** SHA-256 of what the code stands for, in hex. */
  id: hashHexSchema,
  /** MSP id of the organisation that made it. */
  org: organisationSchema,
  state: codeStateSchema,
  /** From this instant on it cannot be redeemed. */
  expiresAt: z.iso.datetime(),
  created: deedSchema,
  /** Who redeemed or withdrew it. */
  ended: deedSchema.nullable(),
  /** Why it was withdrawn. */
  reason: z.string().max(500).nullable(),
});
export type CodeRecord = z.infer<typeof codeRecordSchema>;

/**
 * The state after a step, at an instant in milliseconds since the Unix epoch. Expiry is no state: nobody signs it.
 *
 * Each refusal has a code of its own. They tell a guesser nothing, who without a code of 128 random bits only ever
 * hears NOT_FOUND; who holds a code, and reads it from a label, needs to know what to ask for.
 *
 * @throws BiotError CODE_REDEEMED, CODE_WITHDRAWN or CODE_EXPIRED
 */
export function stateAfter(
  { state, expiresAt }: Pick<CodeRecord, 'state' | 'expiresAt'>,
  step: CodeStep,
  now: number,
): CodeState {
  if (state === 'redeemed') throw new BiotError('CODE_REDEEMED', 'this code was redeemed before');
  if (state === 'withdrawn') throw new BiotError('CODE_WITHDRAWN', 'this code was withdrawn');
  if (step === 'withdraw') return 'withdrawn';
  // Written so that an instant that is no number refuses.
  if (!(now < Date.parse(expiresAt)))
    throw new BiotError('CODE_EXPIRED', `this code expired at ${expiresAt}`);
  return 'redeemed';
}

const DAY_MS = 86_400_000;

/** @throws BiotError INVALID_ARGUMENT unless it ends after `now` (milliseconds), and at most `days` later */
export function requireExpiry(expiresAt: string, { now, days }: { now: number; days: number }): void {
  const left = Date.parse(expiresAt) - now;
  if (left > 0 && left <= days * DAY_MS) return;
  throw new BiotError('INVALID_ARGUMENT', `expiresAt: a time to come, at most ${days} days ahead`);
}

/** @throws always: BiotError NOT_FOUND */
export function unknownCode(what: 'claim' | 'voucher'): BiotError {
  return new BiotError('NOT_FOUND', `the ledger has no ${what} with this code`);
}
