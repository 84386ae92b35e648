import { mayBecome } from '../../../chaincode/protocol/device.ts';
import type { StatusAction } from '../api/device-changes.ts';
import type { DeviceStatus, DeviceView } from '../api/types.ts';

export interface StatusActionFacts {
  action: StatusAction;
  label: string;
  becomes: DeviceStatus;
  /** What will happen, said before it does. */
  consequence: string;
  /** Cannot be taken back. */
  final: boolean;
}

const ACTIONS: readonly StatusActionFacts[] = [
  {
    action: 'activate',
    label: 'Activate',
    becomes: 'active',
    consequence: 'Its messages are accepted from now on.',
    final: false,
  },
  {
    action: 'suspend',
    label: 'Suspend',
    becomes: 'suspended',
    consequence: 'Its messages are refused until it is activated again. The device keeps them.',
    final: false,
  },
  {
    action: 'revoke',
    label: 'Revoke',
    becomes: 'revoked',
    consequence:
      'Its connection is closed and it is refused for ever. This cannot be taken back; what it has sent stays.',
    final: true,
  },
];

/** What the member may do with this device now: allowed by the policy, and possible from its status. */
export function statusActions({
  status,
  allowed,
}: Pick<DeviceView, 'status' | 'allowed'>): StatusActionFacts[] {
  return ACTIONS.filter(
    ({ action, becomes }) => mayBecome(status, becomes) && allowed.includes(`device:${action}`),
  );
}
