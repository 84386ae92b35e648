import { decide, type Action } from '../../../chaincode/protocol/policy.ts';
import type { Member } from '../api/types.ts';

/**
 * Whether to offer an action: the same function that the contracts judge with. It spares people buttons that would
 * be refused; the ledger's word is final.
 *
 * @param owner MSP id of the organisation that owns what is acted upon
 */
export function may(member: Member, action: Action, owner: string): boolean {
  return decide({ subject: member, action, resource: { org: owner } }).allowed;
}
