import type { Context } from 'fabric-contract-api';

import type { Deed } from '../protocol/policy/proposal.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { proposalInstant } from './proposal-instant.ts';

/** That the caller does something now, for the record. */
export function deedOf(ctx: Context, { name, org }: Subject): Deed {
  return { name, org, at: proposalInstant(ctx), transaction: ctx.stub.getTxID() };
}
