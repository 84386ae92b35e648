/** What is put for one tenant, or for all of them. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { servesAll } from '../../chaincode/protocol/tenants.ts';
import type { Judge } from '../policy/judge.ts';

interface OfTenant {
  readonly tenant: string | null;
}

/** What has no tenant also tells of all tenants: it is for those who serve all of them. */
export function allowsOn(judge: Judge, action: Action, { tenant }: OfTenant): boolean {
  return tenant === null
    ? servesAll(judge.tenants) && judge.allows(action, {})
    : judge.allows(action, { tenant });
}

/** @throws BiotError FORBIDDEN or LEDGER_STALE */
export function requireOn(judge: Judge, action: Action, { tenant }: OfTenant): void {
  if (tenant === null && !servesAll(judge.tenants))
    throw new BiotError('FORBIDDEN', 'what concerns all tenants is for those who serve all of them');
  judge.require(action, tenant === null ? {} : { tenant });
}
