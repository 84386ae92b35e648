import { expect } from 'chai';

import { type Role, ROLES } from '../../chaincode/protocol/policy/actions.ts';
import { proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { accepted, type Call, offeredTransactions, Refused, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { put, rule } from './harness/policies.ts';
import { claimDraft, newCode, SOON } from './harness/onboarding.ts';
import { headerChain, newPublicKey, registration } from './harness/samples.ts';
import { putTypes, typeDefinition } from './harness/types.ts';

/** Whom a transaction lets in: of the organisation that owns the device or the log, or made the proposal; of another. */
interface Admission {
  own: readonly Role[];
  foreign: readonly Role[];
}

const EVERYONE: Admission = { own: ROLES, foreign: ROLES };
const OWNERS_ADMIN: Admission = { own: ['admin'], foreign: [] };
const ANY_ADMIN: Admission = { own: ['admin'], foreign: ['admin'] };
const OTHERS_ADMIN: Admission = { own: [], foreign: ['admin'] };
const NOT_GUARD: readonly Role[] = ['admin', 'operator', 'auditor', 'gateway', 'ingest'];
const CLAIM_READERS: Admission = {
  own: ['admin', 'auditor', 'gateway'],
  foreign: ['admin', 'auditor', 'gateway'],
};
const VOUCHER_READERS: Admission = { own: ['admin', 'auditor'], foreign: ['admin', 'auditor'] };
const ANCHOR_READERS: Admission = { own: NOT_GUARD, foreign: NOT_GUARD };

/** Written out rather than asked of `decide`: this is what the rules have to come to. */
const ADMITTED: Readonly<Record<string, Admission>> = {
  // Nobody can register for another organisation: the owner is the caller's own.
  'DeviceContract:Register': ANY_ADMIN,
  'DeviceContract:Activate': OWNERS_ADMIN,
  'DeviceContract:Suspend': OWNERS_ADMIN,
  'DeviceContract:Revoke': OWNERS_ADMIN,
  'DeviceContract:RotateKey': OWNERS_ADMIN,
  'DeviceContract:Reprovision': OWNERS_ADMIN,
  'DeviceContract:Label': OWNERS_ADMIN,
  'DeviceContract:Transfer': OWNERS_ADMIN,
  'DeviceContract:CancelTransfer': OWNERS_ADMIN,
  'DeviceContract:AcceptTransfer': OTHERS_ADMIN,
  'DeviceContract:Get': EVERYONE,
  'DeviceContract:List': EVERYONE,
  'DeviceContract:History': EVERYONE,
  // Whoever has a key may know whether it is a device's, and learns nothing else.
  'DeviceContract:TakenKeys': EVERYONE,
  'TypeContract:Put': OWNERS_ADMIN,
  'TypeContract:Get': EVERYONE,
  'TypeContract:List': EVERYONE,
  // Whose claim it is does not matter to the gateway: the code does.
  'ClaimContract:Create': ANY_ADMIN,
  'ClaimContract:Redeem': { own: ['gateway'], foreign: ['gateway'] },
  'ClaimContract:Withdraw': OWNERS_ADMIN,
  'ClaimContract:Get': CLAIM_READERS,
  'ClaimContract:List': EVERYONE,
  'VoucherContract:Create': OWNERS_ADMIN,
  'VoucherContract:Redeem': OTHERS_ADMIN,
  'VoucherContract:Withdraw': OWNERS_ADMIN,
  'VoucherContract:Get': VOUCHER_READERS,
  'VoucherContract:List': EVERYONE,
  'PolicyContract:Initialise': ANY_ADMIN,
  'PolicyContract:Propose': ANY_ADMIN,
  'PolicyContract:Approve': OTHERS_ADMIN,
  'PolicyContract:Reject': OTHERS_ADMIN,
  'PolicyContract:Withdraw': OWNERS_ADMIN,
  'PolicyContract:List': EVERYONE,
  'PolicyContract:GetProposal': EVERYONE,
  'PolicyContract:ListProposals': EVERYONE,
  'PolicyContract:Authorize': EVERYONE,
  'PolicyContract:Explain': EVERYONE,
  'PolicyContract:DryRun': EVERYONE,
  'AnchorContract:Append': { own: ['ingest'], foreign: [] },
  'AnchorContract:Checkpoint': ANCHOR_READERS,
  'AnchorContract:Get': ANCHOR_READERS,
  'AnchorContract:List': ANCHOR_READERS,
  'AnchorContract:Logs': ANCHOR_READERS,
};

/** Of a claim and of a voucher over `idle`, both of the owner's: the ledger keeps them apart. */
const CODE = newCode();
const OWNER = 'manufacturer';
const STRANGER = 'operator';
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
function argumentsOf(name: string, proposal: string): string[] {
  const header = headerChain(LOG, 2)[1];
  const known: Readonly<Record<string, string[]>> = {
    'DeviceContract:Register': [JSON.stringify([registration('new')])],
    'DeviceContract:Activate': ['idle', 'ready'],
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
    'PolicyContract:Propose': [CHANGE, 'because'],
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

async function prepare(): Promise<{ channel: TestChannel; proposal: string }> {
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
  const { result } = await channel.submit(admin, 'PolicyContract:Propose', CHANGE, 'because');
  return { channel, proposal: proposalSchema.parse(result).id };
}

/** The call, with the code for whichever transaction asks for one. */
function prepared(
  channel: TestChannel,
  caller: Credentials,
  { name, args }: { name: string; args: string[] },
): Call {
  return { ...channel.prepare(caller, name, ...args), transient: { code: CODE.text } };
}

describe('who may call what', () => {
  let world: Awaited<ReturnType<typeof prepare>>;

  before(async () => {
    world = await prepare();
  });

  /** Endorsed and not committed, so that every call meets the same state. */
  async function outcome(name: string, caller: Credentials): Promise<string> {
    const { channel, proposal } = world;
    try {
      const args = argumentsOf(name, proposal);
      accepted(await channel.endorse(prepared(channel, caller, { name, args })));
      return 'admitted';
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }

  it('is laid down for every transaction that the contracts offer', () => {
    expect(offeredTransactions()).to.have.members(Object.keys(ADMITTED));
  });

  for (const name of offeredTransactions()) {
    for (const role of ROLES) {
      for (const organisation of [OWNER, STRANGER] as const) {
        const side = organisation === OWNER ? 'own' : 'foreign';
        const expected = ADMITTED[name]?.[side].includes(role) === true ? 'admitted' : 'FORBIDDEN';
        it(`${name} by ${role} of the ${side} organisation: ${expected}`, async () => {
          expect(await outcome(name, await enrolRole(organisation, role))).to.equal(expected);
        });
      }
    }
  }

  it('is nobody where there are no rules yet, but an administrator to begin them', async () => {
    const channel = new TestChannel('new');
    for (const name of offeredTransactions()) {
      for (const role of ROLES) {
        const caller = await enrolRole(OWNER, role);
        const { status, message } = await channel.endorse(
          prepared(channel, caller, { name, args: argumentsOf(name, world.proposal) }),
        );
        if (name === 'PolicyContract:Initialise' && role === 'admin') expect(status).to.equal(200);
        // Without a device or type there is nothing to be asked about yet; a list leaves out what may not be seen.
        else if (/^(?:Device|Type|Claim|Voucher)Contract:List$|:TakenKeys$/.test(name))
          expect(status).to.equal(200);
        else expect(message, `${name} by ${role}`).to.match(/FORBIDDEN|_UNKNOWN|NOT_FOUND/);
      }
    }
  });
});
