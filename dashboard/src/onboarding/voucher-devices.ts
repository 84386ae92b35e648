import { obstacleToVoucher } from '../../../chaincode/protocol/onboarding/voucher.ts';
import type { DeviceView } from '../api/types.ts';

/** Those that can go into a voucher of their owner's: neither stopped nor offered to somebody already. */
export function handable<Device extends Pick<DeviceView, 'status' | 'org' | 'transfer'>>(
  devices: readonly Device[],
  owner: string,
): Device[] {
  return devices.filter((device) => obstacleToVoucher(device, owner) === undefined);
}

/** "press-01", "press-01 and press-02", "press-01, press-02 and 8 more". */
export function devicesPhrase(ids: readonly string[]): string {
  const [first = '', second = ''] = ids;
  if (ids.length < 2) return first;
  if (ids.length === 2) return `${first} and ${second}`;
  return `${first}, ${second} and ${ids.length - 2} more`;
}
