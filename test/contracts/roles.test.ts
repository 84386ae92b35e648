import { expect } from 'chai';

import { type Role, ROLES } from '../../chaincode/protocol/policy/actions.ts';
import { argumentsOf, OWNER, prepared, prepareWorld, STRANGER, type World } from './harness/calls.ts';
import { accepted, offeredTransactions, Refused, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';

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
/** All but the administrator who issued it: a second person decides. */
const SECOND_PERSON: Admission = { own: ['operator'], foreign: [] };
const COMMAND_SENDERS: Admission = { own: ['admin', 'operator'], foreign: [] };
const READERS: Admission = { own: NOT_GUARD, foreign: NOT_GUARD };

/** Written out rather than asked of `decide`: this is what the rules have to come to. */
const ADMITTED: Readonly<Record<string, Admission>> = {
  // Nobody can register for another organisation: the owner is the caller's own.
  'DeviceContract:Register': ANY_ADMIN,
  'DeviceContract:Activate': OWNERS_ADMIN,
  'DeviceContract:ActivateAll': OWNERS_ADMIN,
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
  'CommandContract:Define': OWNERS_ADMIN,
  'CommandContract:Catalogue': EVERYONE,
  'CommandContract:Issue': COMMAND_SENDERS,
  'CommandContract:Approve': SECOND_PERSON,
  'CommandContract:Reject': SECOND_PERSON,
  'CommandContract:Cancel': COMMAND_SENDERS,
  'CommandContract:Get': READERS,
  // The key has signed whose it is to be.
  'FirmwareContract:RegisterVendorKey': OWNERS_ADMIN,
  'FirmwareContract:RevokeVendorKey': OWNERS_ADMIN,
  'FirmwareContract:VendorKeys': EVERYONE,
  'FirmwareContract:Publish': OWNERS_ADMIN,
  'FirmwareContract:Approve': OTHERS_ADMIN,
  'FirmwareContract:Reject': OTHERS_ADMIN,
  // It takes two to approve, and one to stop.
  'FirmwareContract:Withdraw': ANY_ADMIN,
  'FirmwareContract:Get': READERS,
  'FirmwareContract:List': EVERYONE,
  // For the devices of the caller's own organisation.
  'RolloutContract:Create': ANY_ADMIN,
  'RolloutContract:Approve': OWNERS_ADMIN,
  'RolloutContract:Pause': OWNERS_ADMIN,
  'RolloutContract:Resume': OWNERS_ADMIN,
  'RolloutContract:Cancel': OWNERS_ADMIN,
  'RolloutContract:Get': READERS,
  'RolloutContract:List': EVERYONE,
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
  'AnchorContract:Checkpoint': READERS,
  'AnchorContract:Get': READERS,
  'AnchorContract:List': READERS,
  'AnchorContract:Logs': READERS,
};

describe('who may call what', () => {
  let world: World;

  before(async () => {
    world = await prepareWorld();
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
        else if (
          /^(?:Device|Type|Claim|Voucher|Firmware|Rollout)Contract:List$|:(?:Taken|Vendor)Keys$|:Catalogue$/.test(
            name,
          )
        )
          expect(status).to.equal(200);
        else expect(message, `${name} by ${role}`).to.match(/FORBIDDEN|_UNKNOWN|NOT_FOUND/);
      }
    }
  });
});
