import type { Signable } from './signable-kind.ts';

const firmware = { channel: 'registry', contract: 'FirmwareContract' } as const;
const rollout = { channel: 'registry', contract: 'RolloutContract' } as const;

/** Releases, the keys that sign them, and how they come to devices. */
export const FIRMWARE: readonly Signable[] = [
  {
    ...firmware,
    name: 'firmware publish',
    method: 'Publish',
    parameters: ['release'],
    permission: 'firmware:publish',
    effect: 'publishes firmware for a type of your organisation, once another organisation approves it',
  },
  {
    ...firmware,
    name: 'firmware approve',
    method: 'Approve',
    parameters: ['releaseId'],
    permission: 'firmware:approve',
    effect: 'approves another organisation’s firmware, which devices of its type may have then',
    shows: ['type', 'version', 'minimumVersion', 'size', 'notes', 'vendorKey', 'published'],
  },
  {
    ...firmware,
    name: 'firmware reject',
    method: 'Reject',
    parameters: ['releaseId', 'reason'],
    permission: 'firmware:approve',
    effect: 'ends another organisation’s firmware, which no device gets',
  },
  {
    ...firmware,
    name: 'firmware withdraw',
    method: 'Withdraw',
    parameters: ['releaseId', 'reason'],
    permission: 'firmware:publish',
    effect: 'has no device get the firmware from now on',
  },
  {
    ...firmware,
    name: 'vendor-key register',
    method: 'RegisterVendorKey',
    parameters: ['vendorKey'],
    permission: 'firmware:vendor-key',
    effect: 'lets the key sign firmware for your organisation’s types',
  },
  {
    ...firmware,
    name: 'vendor-key revoke',
    method: 'RevokeVendorKey',
    parameters: ['vendorKeyId', 'reason'],
    permission: 'firmware:vendor-key',
    effect: 'takes the key back for good, and with it all firmware that it signed',
  },
  {
    ...rollout,
    name: 'rollout create',
    method: 'Create',
    parameters: ['rollout'],
    permission: 'rollout:create',
    effect: 'brings firmware to devices of your organisation, once a second person approves where it says so',
    shows: ['type', 'version', 'state'],
  },
  {
    ...rollout,
    name: 'rollout approve',
    method: 'Approve',
    parameters: ['rolloutId'],
    permission: 'rollout:approve',
    effect: 'approves somebody else’s rollout, which begins then',
    shows: ['type', 'version', 'tenant', 'target', 'phases', 'schedule', 'ratePerMinute', 'created'],
  },
  {
    ...rollout,
    name: 'rollout pause',
    method: 'Pause',
    parameters: ['rolloutId', 'reason'],
    permission: 'rollout:control',
    effect: 'has no further device told until the rollout is resumed',
  },
  {
    ...rollout,
    name: 'rollout resume',
    method: 'Resume',
    parameters: ['rolloutId'],
    permission: 'rollout:control',
    effect: 'has the rollout go on where it was paused',
  },
  {
    ...rollout,
    name: 'rollout cancel',
    method: 'Cancel',
    parameters: ['rolloutId', 'reason'],
    permission: 'rollout:control',
    effect: 'ends the rollout for good: no further device is told',
  },
];
