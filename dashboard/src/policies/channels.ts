import type { Action, Channel } from '../api/types.ts';

interface ChannelFacts {
  channel: Channel;
  label: string;
  /** What its rules are about. */
  hint: string;
}

export const CHANNELS: readonly ChannelFacts[] = [
  {
    channel: 'registry',
    label: 'Registry',
    hint: 'Devices, their types and codes, and all that is seen here.',
  },
  { channel: 'anchors', label: 'Anchors', hint: 'Who anchors, and who reads anchors on the ledger itself.' },
];

/** The channel that an address names; anything else is the registry. */
export function channelFrom(text: unknown): Channel {
  return CHANNELS.find(({ channel }) => channel === text)?.channel ?? 'registry';
}

/** Whether a contract of the channel asks about it. */
export function isAskedOn(channel: Channel, action: Action): boolean {
  if (action.startsWith('policy:')) return true;
  return action.startsWith('anchor:') === (channel === 'anchors');
}
