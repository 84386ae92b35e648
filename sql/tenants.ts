import { servesAll, type Tenants } from '../chaincode/protocol/tenants.ts';
import type { Condition } from './conditions.ts';
import { placeholders } from './query.ts';

/** Keeps the rows of other tenants out, whatever else a statement asks for. */
export function ofTenants(column: string, tenants: Tenants): Condition {
  if (servesAll(tenants)) return ['TRUE'];
  return tenants.length === 0 ? ['FALSE'] : [`${column} IN ${placeholders(tenants.length)}`, ...tenants];
}
