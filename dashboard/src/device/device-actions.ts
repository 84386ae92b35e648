import type { Action, DeviceView, Member } from '../api/types.ts';

export interface DeviceActionFacts {
  key: 'labels' | 'rotate' | 'reprovision' | 'offer';
  label: string;
  action: Action;
}

const ACTIONS: readonly DeviceActionFacts[] = [
  { key: 'labels', label: 'Groups and tags', action: 'device:label' },
  { key: 'rotate', label: 'Change the key', action: 'device:rotate-key' },
  { key: 'reprovision', label: 'Provision anew', action: 'device:reprovision' },
  { key: 'offer', label: 'Hand over', action: 'device:transfer' },
];

type Offered = Pick<DeviceView, 'status' | 'allowed' | 'transfer'>;

/** What the member may do with this device, beside its status: allowed by the policy, and possible now. */
export function deviceActions({ status, allowed, transfer }: Offered): DeviceActionFacts[] {
  if (status === 'revoked') return [];
  const actions = ACTIONS.filter(({ action }) => (allowed as readonly Action[]).includes(action));
  // An offer is withdrawn before another is made: whoever was offered it is to hear of that.
  return transfer === null ? actions : actions.filter(({ key }) => key !== 'offer');
}

/** What the member may do about the offer that a device is under. Only whom it was made to can accept it. */
export function offerChoice(
  { status, allowed, transfer }: Offered,
  member: Pick<Member, 'org'> | undefined,
): { accept: boolean; withdraw: boolean } {
  const open = transfer !== null && status !== 'revoked';
  return {
    accept: open && allowed.includes('device:accept') && transfer.to === member?.org,
    withdraw: open && allowed.includes('device:transfer'),
  };
}
