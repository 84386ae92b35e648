import { proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { type Call, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';
import { claimDraft, newCode, SOON } from './onboarding.ts';
import { put, rule } from './policies.ts';
import { headerChain, newPublicKey, registration } from './samples.ts';
import { putTypes, typeDefinition } from './types.ts';

/** Of a claim and of a voucher over `idle`, both of the owner's: the ledger keeps them apart. */
const CODE = newCode();
export const OWNER = 'manufacturer';
export const STRANGER = 'operator';
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
  const headers = JSON.stringify(headerChain(LOG, 1));
  await channel.submit(await enrolRole(OWNER, 'ingest'), 'AnchorContract:Append', LOG, headers);
  const { result } = await channel.submit(admin, 'PolicyContract:Propose', CHANGE, 'because', '');
  return { channel, proposal: proposalSchema.parse(result).id };
}

/** The call, with the code for whichever transaction asks for one. */
export function prepared(
  channel: TestChannel,
  caller: Credentials,
  { name, args }: { name: string; args: string[] },
): Call {
  return { ...channel.prepare(caller, name, ...args), transient: { code: CODE.text } };
}
