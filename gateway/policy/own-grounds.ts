import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import { servesAll } from '../../chaincode/protocol/tenants.ts';
import { kindOf } from './questions.ts';

/**
 * What a member would do an action to, when no device is at hand: something of the member's own organisation, or the
 * member's own log. What is done to devices is done within a tenant: for who serves some, any of these will do.
 */
export function ownGrounds({ org, name, tenants }: Subject, action: Action): Resource[] {
  const own = { org, log: name };
  if (servesAll(tenants) || kindOf(action) === 'itself') return [own];
  return tenants.map((tenant) => ({ ...own, tenant }));
}
