import type { Device, Registration } from '../device.ts';
import type { DeviceType } from '../device-type.ts';
import type { Resource } from './request.ts';

/** What a policy may ask about a device: the same wherever it is asked. */
export function resourceOf({ id, org, tenant, type, groups, status }: Device): Resource {
  return { device: id, org, tenant, type, groups, status };
}

/** What it may ask about a device that is to be registered as an organisation's (MSP id). */
export function resourceOfNew(
  { id, tenant, type, groups = [] }: Omit<Registration, 'publicKey' | 'tags'>,
  org: string,
): Resource {
  return { device: id, org, tenant, type, groups, status: 'registered' };
}

/** What a policy may ask about a type of devices. */
export function resourceOfType({ org, name }: Pick<DeviceType, 'org' | 'name'>): Resource {
  return { org, type: name };
}
