/** What can be signed away from the gateway: one table that command line, browser and gateway share. */
import type { Action } from '../chaincode/protocol/policy/actions.ts';
import type { Parameter } from './parameters.ts';

/** One kind of change on the ledger. */
export interface Signable {
  /** How people name it: `device revoke`. */
  readonly name: string;
  readonly channel: 'registry' | 'anchors';
  readonly contract: string;
  readonly method: string;
  /** In the order in which the contract takes them. */
  readonly parameters: readonly Parameter[];
  /** What the policy calls it. */
  readonly permission: Action;
  /** What it does, said to whoever is about to sign it. */
  readonly effect: string;
  /** Whether it takes a code, which is no argument: arguments are in the block, for all to read. */
  readonly takesCode?: true;
  /** Fields of the contract's result that the arguments do not say: to be seen before the last signature. */
  readonly shows?: readonly string[];
}

const device = { channel: 'registry', contract: 'DeviceContract' } as const;
const claim = { channel: 'registry', contract: 'ClaimContract' } as const;
const voucher = { channel: 'registry', contract: 'VoucherContract' } as const;

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

function policyOf(channel: Signable['channel'], subject: string): Signable[] {
  return POLICY.map((change) => ({
    ...change,
    channel,
    contract: 'PolicyContract',
    name: `${subject} ${change.name}`,
    effect: `${change.effect}, on the channel ${channel}`,
  }));
}

export const SIGNABLE: readonly Signable[] = [
  {
    ...device,
    name: 'device register',
    method: 'Register',
    parameters: ['devices'],
    permission: 'device:register',
    effect: 'registers new devices as your organisation’s',
  },
  {
    ...device,
    name: 'device activate',
    method: 'Activate',
    parameters: ['device', 'reason'],
    permission: 'device:activate',
    effect: 'has the device’s messages taken from now on',
  },
  {
    ...device,
    name: 'device suspend',
    method: 'Suspend',
    parameters: ['device', 'reason'],
    permission: 'device:suspend',
    effect: 'has the device’s messages refused until it is activated again',
  },
  {
    ...device,
    name: 'device revoke',
    method: 'Revoke',
    parameters: ['device', 'reason'],
    permission: 'device:revoke',
    effect: 'has the device’s messages refused for good',
  },
  {
    ...device,
    name: 'device rotate-key',
    method: 'RotateKey',
    parameters: ['device', 'key', 'until'],
    permission: 'device:rotate-key',
    effect: 'gives the device another key',
  },
  {
    ...device,
    name: 'device reprovision',
    method: 'Reprovision',
    parameters: ['device', 'key', 'reason'],
    permission: 'device:reprovision',
    effect: 'gives a wiped or replaced device another key, and has it number its messages anew',
  },
  {
    ...device,
    name: 'device label',
    method: 'Label',
    parameters: ['device', 'labels'],
    permission: 'device:label',
    effect: 'sets the device’s groups and tags',
  },
  {
    ...device,
    name: 'device transfer',
    method: 'Transfer',
    parameters: ['device', 'to', 'reason'],
    permission: 'device:transfer',
    effect: 'offers the device to another organisation',
  },
  {
    ...device,
    name: 'device cancel-transfer',
    method: 'CancelTransfer',
    parameters: ['device', 'reason'],
    permission: 'device:transfer',
    effect: 'takes the offer of the device back',
  },
  {
    ...device,
    name: 'device accept-transfer',
    method: 'AcceptTransfer',
    parameters: ['device', 'reason'],
    permission: 'device:accept',
    effect: 'makes the offered device your organisation’s',
    shows: ['id', 'tenant', 'type', 'status', 'keyFingerprint', 'groups', 'tags'],
  },
  {
    channel: 'registry',
    contract: 'TypeContract',
    name: 'type put',
    method: 'Put',
    parameters: ['type'],
    permission: 'type:put',
    effect: 'puts a type of devices, which is your organisation’s, or its next version',
  },
  {
    ...claim,
    name: 'claim create',
    method: 'Create',
    parameters: ['claim'],
    permission: 'claim:create',
    effect: 'promises a device of your organisation to whoever redeems the code',
  },
  {
    ...claim,
    name: 'claim withdraw',
    method: 'Withdraw',
    parameters: ['codeId', 'reason'],
    permission: 'claim:withdraw',
    effect: 'makes a claim code worthless',
  },
  {
    ...voucher,
    name: 'voucher create',
    method: 'Create',
    parameters: ['voucher'],
    permission: 'voucher:create',
    effect: 'promises devices of your organisation to the organisation that redeems the code',
  },
  {
    ...voucher,
    name: 'voucher redeem',
    method: 'Redeem',
    parameters: ['acceptance'],
    takesCode: true,
    permission: 'voucher:redeem',
    effect: 'makes all devices of the voucher your organisation’s, active, in that tenant and those groups',
    shows: ['voucher'],
  },
  {
    ...voucher,
    name: 'voucher withdraw',
    method: 'Withdraw',
    parameters: ['codeId', 'reason'],
    permission: 'voucher:withdraw',
    effect: 'makes a voucher worthless',
  },
  ...policyOf('registry', 'policy'),
  ...policyOf('anchors', 'anchors-policy'),
];
