import type { Fleet } from '../fleet.ts';
import { countByStatus, type StatusCounts } from './device-classes.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Judge } from './judge.ts';
import type { Policy } from './policy.ts';

/**
 * How many devices of each status a member may read: judged by kinds, and only those one by one that rules name. Every
 * open dashboard asks for it every few seconds.
 */
export function readableCounts(
  judge: Judge,
  { fleet, policy }: { fleet: Pick<Fleet, 'classes' | 'known'>; policy: Pick<Policy, 'namedDevices'> },
): StatusCounts {
  const counts = countByStatus(fleet.classes().filter((kind) => judge.allows('device:read', kind)));
  for (const id of policy.namedDevices('device:read')) {
    const device = fleet.known(id);
    if (device === undefined) continue;
    const { org, tenant, type, groups, status } = device;
    const counted = judge.allows('device:read', { org, tenant, type, groups, status });
    const readable = judge.allows('device:read', resourceOf(device));
    const correction = Number(readable) - Number(counted);
    counts[device.status] += correction;
    counts.total += correction;
  }
  return counts;
}
