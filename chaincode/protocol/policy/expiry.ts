/** Until when a proposal may be approved. Without schemas: pages show it before anything else of the protocol is loaded. */
import type { Proposal } from './proposal.ts';

/** How far ahead a proposal may expire, and when it does if nobody says. */
export const MAX_PROPOSAL_DAYS = 90;
export const USUAL_PROPOSAL_DAYS = 30;

/**
 * Whether it waited in vain, at an instant in milliseconds since the Unix epoch. That is no status: nobody signs it.
 */
export function isExpired(
  { status, expiresAt }: Pick<Proposal, 'status' | 'expiresAt'>,
  now: number,
): boolean {
  // Written so that an instant that is no number refuses.
  return status === 'proposed' && expiresAt !== null && !(now < Date.parse(expiresAt));
}
