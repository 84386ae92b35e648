/** Devices by what rules can tell apart, so that a fleet is judged by kinds and not one by one. */
import type { Device } from '../../chaincode/protocol/device.ts';

/** Devices that no rule tells apart unless it names them. */
export type DeviceClass = Pick<Device, 'org' | 'tenant' | 'type' | 'groups' | 'status'> & {
  /** How many there are. */
  devices: number;
};

/** The most frequent first. */
export function classesOf(devices: Iterable<Device>): DeviceClass[] {
  const classes = new Map<string, DeviceClass>();
  for (const { org, tenant, type, groups, status } of devices) {
    const sorted = groups.length < 2 ? groups : [...groups].sort();
    // None of these may hold a blank.
    const key = `${org} ${tenant} ${type} ${status} ${sorted.join(' ')}`;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { org, tenant, type, groups: sorted, status, devices: 1 });
    else known.devices += 1;
  }
  return [...classes.values()].sort((left, right) => right.devices - left.devices);
}

export type StatusCounts = Record<Device['status'], number> & { total: number };

/** How many devices there are in each status, of the kinds that are given. */
export function countByStatus(classes: Iterable<DeviceClass>): StatusCounts {
  const counts = { total: 0, registered: 0, active: 0, suspended: 0, revoked: 0 } satisfies StatusCounts;
  for (const { status, devices } of classes) {
    counts[status] += devices;
    counts.total += devices;
  }
  return counts;
}
