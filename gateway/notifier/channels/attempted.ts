import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { NotNow } from '../outward/post.ts';
import { NotSent } from '../outward/reach.ts';
import { askedUntil } from '../patience.ts';
import type { Outcome } from './outcome.ts';

/**
 * Sends something once.
 *
 * @param now milliseconds since the Unix epoch
 * @throws nothing that an endpoint could cause: that is an outcome
 */
export async function attempted(send: () => Promise<Outcome>, now: () => number): Promise<Outcome> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof NotNow)
      return { kind: 'failed', failure: error.message, notBefore: askedUntil(error.retryAfter, now()) };
    if (error instanceof NotSent || error instanceof BiotError)
      return { kind: 'failed', failure: error.message };
    throw error;
  }
}
