import type { Signable } from './signable-kind.ts';

/** On either channel, which have their own rules; the names lack the subject. */
const POLICY: readonly Omit<Signable, 'channel' | 'contract'>[] = [
  {
    name: 'propose',
    method: 'Propose',
    parameters: ['change', 'reason', 'expiry'],
    permission: 'policy:propose',
    effect: 'proposes a change of the rules; what can but take rights away is applied at once',
  },
  {
    name: 'approve',
    method: 'Approve',
    parameters: ['proposal'],
    permission: 'policy:approve',
    effect: 'approves another organisation’s proposal, which applies it',
    shows: ['change', 'reason', 'proposed'],
  },
  {
    name: 'reject',
    method: 'Reject',
    parameters: ['proposal'],
    permission: 'policy:approve',
    effect: 'ends another organisation’s proposal',
  },
  {
    name: 'withdraw',
    method: 'Withdraw',
    parameters: ['proposal'],
    permission: 'policy:propose',
    effect: 'ends a proposal of your own organisation',
  },
];

export function policyOf(channel: Signable['channel'], subject: string): Signable[] {
  return POLICY.map((change) => ({
    ...change,
    channel,
    contract: 'PolicyContract',
    name: `${subject} ${change.name}`,
    effect: `${change.effect}, on the channel ${channel}`,
  }));
}
