import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';

/**
 * The instant that the client wrote into its proposal, as ISO 8601. It is the client's word, and a peer takes any:
 * one that our own schema could not read back would spoil the registry for every reader, so it is refused.
 */
export function proposalInstant(ctx: Context): string {
  return instantAfter(ctx, 0);
}

/** The instant so many seconds after that of the proposal, for which the same holds. */
export function instantAfter({ stub }: Context, seconds: number): string {
  const instant = new Date(stub.getDateTimestamp().getTime() + seconds * 1000);
  const year = instant.getUTCFullYear();
  if (!(year >= 1970 && year <= 9999)) {
    throw new BiotError('INVALID_ARGUMENT', "the proposal's timestamp is no date of ours");
  }
  return instant.toISOString();
}
