import { newVendor, releaseDraft, vendorKeyDraft } from '../../../chaincode/protocol/testing/firmware.ts';
import type { RolloutDraft } from '../../../chaincode/protocol/firmware/rollout.ts';
import { rolloutDraft } from '../../../chaincode/protocol/testing/rollouts.ts';
import { proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { type Call, TestChannel } from './channel.ts';
import { definition, draft } from './commands.ts';
import { type Credentials, enrolRole } from './members.ts';
import { claimDraft, newCode, SOON } from './onboarding.ts';
import { put, rule } from './policies.ts';
import { headerChain, newPublicKey, registration } from './samples.ts';
import { adminFor } from './tenants.ts';
import { putTypes, typeDefinition } from './types.ts';

/** Of a claim and of a voucher over `idle`, both of the owner's: the ledger keeps them apart. */
const CODE = newCode();
/** Of the owner: its key is registered, and has signed two releases; one waits for approval, the other is to be published. */
const VENDOR = newVendor();
const PUBLISHED = releaseDraft(VENDOR, Buffer.from('waiting'));
const UNPUBLISHED = releaseDraft(VENDOR, Buffer.from('unpublished'), { version: '2.0.0' });
/** Of the owner's, and approved. */
const RELEASED = releaseDraft(VENDOR, Buffer.from('approved'), { version: '1.1.0' });
/** Rollouts of it: 1 is to be created, 2 waits for a second person, 3 runs, 4 is paused. */
const rolloutOf = (number: 1 | 2 | 3 | 4): RolloutDraft =>
  rolloutDraft({
    id: `00000000-0000-4000-8000-00000000000${number}`,
    release: RELEASED.id,
    approval: number === 2,
  });
export const OWNER = 'manufacturer';
export const STRANGER = 'operator';
/** Of commands of the owner's administrator to `active`: one that waits for a second person, one that can be issued. */
const [WAITING, ISSUED] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
const LOG = `ingest@${OWNER}`;

const CHANGE = JSON.stringify(put(rule('operators-read-audit', { actions: ['audit:read'] })));
const QUESTION = {
  subject: { org: 'OperatorMSP', name: 'a@operator', role: 'admin', tenants: '*' },
  action: 'device:read',
  resource: {},
};

/**
 * Arguments with which the transaction succeeds for one who may. `active`, `idle` and `offered` are devices of the
 * owner's, the last on its way to the stranger.
 */
export function argumentsOf(name: string, proposal: string): string[] {
  const header = headerChain(LOG, 2)[1];
  const known: Readonly<Record<string, string[]>> = {
    'DeviceContract:Register': [JSON.stringify([registration('new')])],
    'DeviceContract:Activate': ['idle', 'ready'],
    'DeviceContract:ActivateAll': [JSON.stringify(['idle']), 'ready'],
    'DeviceContract:Suspend': ['active', 'to be looked at'],
    'DeviceContract:Revoke': ['active', 'stolen'],
    'DeviceContract:RotateKey': ['active', newPublicKey(), ''],
    'DeviceContract:Reprovision': ['active', newPublicKey(), 'wiped'],
    'DeviceContract:Label': ['active', JSON.stringify({ groups: ['hall-7'], tags: {} })],
    'DeviceContract:Transfer': ['active', 'OperatorMSP', 'sold'],
    'DeviceContract:CancelTransfer': ['offered', 'not sold'],
    'DeviceContract:AcceptTransfer': ['offered', 'bought'],
    'DeviceContract:Get': ['active'],
    'DeviceContract:List': ['10', ''],
    'DeviceContract:History': ['active'],
    'DeviceContract:TakenKeys': [JSON.stringify(['0'.repeat(64)])],
    'TypeContract:Put': [JSON.stringify(typeDefinition('thermometer', { description: 'another' }))],
    'TypeContract:Get': ['thermometer'],
    'TypeContract:List': [],
    'ClaimContract:Create': [claimDraft(newCode(), { id: 'new' })],
    'ClaimContract:Redeem': [newPublicKey()],
    'ClaimContract:Withdraw': [CODE.id, 'label lost'],
    'ClaimContract:Get': [CODE.id],
    'ClaimContract:List': ['10', ''],
    'VoucherContract:Create': [JSON.stringify({ id: newCode().id, devices: ['active'], expiresAt: SOON })],
    'VoucherContract:Redeem': [JSON.stringify({ tenant: 'works' })],
    'VoucherContract:Withdraw': [CODE.id, 'not paid'],
    'VoucherContract:Get': [CODE.id],
    'VoucherContract:List': ['10', ''],
    'CommandContract:Define': [JSON.stringify(definition('set-interval', { description: 'another' }))],
    'CommandContract:Catalogue': [''],
    'CommandContract:Issue': [JSON.stringify([draft(['active'], { id: ISSUED })])],
    'CommandContract:Approve': [WAITING],
    'CommandContract:Reject': [WAITING, 'not now'],
    'CommandContract:Cancel': [WAITING, 'not needed'],
    'CommandContract:Get': [WAITING],
    'FirmwareContract:RegisterVendorKey': [JSON.stringify(vendorKeyDraft(newVendor(), 'ManufacturerMSP'))],
    'FirmwareContract:RevokeVendorKey': [VENDOR.id, 'stolen'],
    'FirmwareContract:VendorKeys': [],
    'FirmwareContract:Publish': [JSON.stringify(UNPUBLISHED)],
    'FirmwareContract:Approve': [PUBLISHED.id],
    'FirmwareContract:Reject': [PUBLISHED.id, 'it does not start'],
    'FirmwareContract:Withdraw': [PUBLISHED.id, 'a mistake'],
    'FirmwareContract:Get': [PUBLISHED.id],
    'FirmwareContract:List': [''],
    'RolloutContract:Create': [JSON.stringify(rolloutOf(1))],
    'RolloutContract:Approve': [rolloutOf(2).id],
    'RolloutContract:Pause': [rolloutOf(3).id, 'wait'],
    'RolloutContract:Resume': [rolloutOf(4).id],
    'RolloutContract:Cancel': [rolloutOf(3).id, 'a mistake'],
    'RolloutContract:Get': [rolloutOf(3).id],
    'RolloutContract:List': ['10', ''],
    'PolicyContract:Initialise': [],
    'PolicyContract:Propose': [CHANGE, 'because', ''],
    'PolicyContract:Approve': [proposal],
    'PolicyContract:Reject': [proposal],
    'PolicyContract:Withdraw': [proposal],
    'PolicyContract:List': [],
    'PolicyContract:GetProposal': [proposal],
    'PolicyContract:ListProposals': ['10', ''],
    'PolicyContract:Authorize': ['', 'device:read', '{}'],
    'PolicyContract:Explain': ['', 'device:read', '{}'],
    'PolicyContract:DryRun': [CHANGE, JSON.stringify([QUESTION])],
    'AnchorContract:Append': [LOG, JSON.stringify([header])],
    'AnchorContract:Checkpoint': [LOG],
    'AnchorContract:Get': [LOG, '0'],
    'AnchorContract:List': [LOG, '0', '10'],
    'AnchorContract:Logs': [],
  };
  return known[name]!;
}

export interface World {
  channel: TestChannel;
  /** Id of a proposal of the owner's that waits. */
  proposal: string;
}

/** A channel on which each transaction has something to do. */
export async function prepareWorld(): Promise<World> {
  const channel = await TestChannel.begin('any');
  const admin = await enrolRole(OWNER, 'admin');
  await putTypes(channel, 'press', 'thermometer');
  const devices = JSON.stringify(['active', 'idle', 'offered'].map((id) => registration(id)));
  await channel.submit(admin, 'DeviceContract:Register', devices);
  await channel.submit(admin, 'DeviceContract:Activate', 'active', 'ready');
  await channel.submit(admin, 'DeviceContract:Transfer', 'offered', 'OperatorMSP', 'sold');
  await channel.submit(admin, 'ClaimContract:Create', claimDraft(CODE, { id: 'claimed' }));
  const voucher = JSON.stringify({ id: CODE.id, devices: ['idle'], expiresAt: SOON });
  await channel.submit(admin, 'VoucherContract:Create', voucher);
  // Every call takes a second: the command has to wait for as long as a test asks.
  const lasting = definition('restart', { approval: true, lifetimeSeconds: 86_400 });
  for (const defined of [definition('set-interval'), lasting])
    await channel.submit(admin, 'CommandContract:Define', JSON.stringify(defined));
  const waiting = JSON.stringify([draft(['active'], { id: WAITING, name: 'restart' })]);
  await channel.submit(admin, 'CommandContract:Issue', waiting);
  const key = JSON.stringify(vendorKeyDraft(VENDOR, 'ManufacturerMSP'));
  await channel.submit(admin, 'FirmwareContract:RegisterVendorKey', key);
  await channel.submit(admin, 'FirmwareContract:Publish', JSON.stringify(PUBLISHED));
  await prepareRollouts(channel, admin);
  const headers = JSON.stringify(headerChain(LOG, 1));
  await channel.submit(await enrolRole(OWNER, 'ingest'), 'AnchorContract:Append', LOG, headers);
  const { result } = await channel.submit(admin, 'PolicyContract:Propose', CHANGE, 'because', '');
  return { channel, proposal: proposalSchema.parse(result).id };
}

async function prepareRollouts(channel: TestChannel, admin: Credentials): Promise<void> {
  await channel.submit(admin, 'FirmwareContract:Publish', JSON.stringify(RELEASED));
  await channel.submit(await enrolRole(STRANGER, 'admin'), 'FirmwareContract:Approve', RELEASED.id);
  // Whoever created one does not approve it.
  const second = await adminFor('*', OWNER);
  for (const number of [2, 3, 4] as const)
    await channel.submit(second, 'RolloutContract:Create', JSON.stringify(rolloutOf(number)));
  await channel.submit(second, 'RolloutContract:Pause', rolloutOf(4).id, 'wait');
}

/** The call, with the code for whichever transaction asks for one. */
export function prepared(
  channel: TestChannel,
  caller: Credentials,
  { name, args }: { name: string; args: string[] },
): Call {
  return { ...channel.prepare(caller, name, ...args), transient: { code: CODE.text } };
}
