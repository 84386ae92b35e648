import { expect } from 'chai';

import { type Role, ROLES } from '../../chaincode/protocol/policy.ts';
import { accepted, offeredTransactions, Refused, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { headerChain, newPublicKey, registration } from './harness/samples.ts';

/** Whom a transaction lets in: of the organisation that owns the device or the log, and of another. */
interface Admission {
  own: readonly Role[];
  foreign: readonly Role[];
}

const EVERYONE: Admission = { own: ROLES, foreign: ROLES };
const OWNERS_ADMIN: Admission = { own: ['admin'], foreign: [] };
const NOT_INGEST: readonly Role[] = ['admin', 'operator', 'auditor', 'gateway'];

/** Written out rather than asked of `decide`: this is what the rules have to come to. */
const ADMITTED: Readonly<Record<string, Admission>> = {
  // Nobody can register for another organisation: the owner is the caller's own.
  'DeviceContract:Register': { own: ['admin'], foreign: ['admin'] },
  'DeviceContract:Activate': OWNERS_ADMIN,
  'DeviceContract:Suspend': OWNERS_ADMIN,
  'DeviceContract:Revoke': OWNERS_ADMIN,
  'DeviceContract:RotateKey': OWNERS_ADMIN,
  'DeviceContract:Get': EVERYONE,
  'DeviceContract:List': EVERYONE,
  'DeviceContract:History': EVERYONE,
  'PolicyContract:Authorize': { own: NOT_INGEST, foreign: NOT_INGEST },
  'AnchorContract:Append': { own: ['ingest'], foreign: [] },
  'AnchorContract:Checkpoint': EVERYONE,
  'AnchorContract:Get': EVERYONE,
  'AnchorContract:List': EVERYONE,
  'AnchorContract:Logs': EVERYONE,
};

const OWNER = 'manufacturer';
const STRANGER = 'operator';
const LOG = `ingest@${OWNER}`;

/** Arguments with which the transaction succeeds for one who may. `active` and `idle` are devices of the owner's. */
function argumentsOf(name: string): string[] {
  const header = headerChain(LOG, 2)[1];
  const known: Readonly<Record<string, string[]>> = {
    'DeviceContract:Register': [JSON.stringify([registration('new')])],
    'DeviceContract:Activate': ['idle', 'ready'],
    'DeviceContract:Suspend': ['active', 'to be looked at'],
    'DeviceContract:Revoke': ['active', 'stolen'],
    'DeviceContract:RotateKey': ['active', newPublicKey()],
    'DeviceContract:Get': ['active'],
    'DeviceContract:List': ['10', ''],
    'DeviceContract:History': ['active'],
    'PolicyContract:Authorize': ['', 'device:read', '{}'],
    'AnchorContract:Append': [LOG, JSON.stringify([header])],
    'AnchorContract:Checkpoint': [LOG],
    'AnchorContract:Get': [LOG, '0'],
    'AnchorContract:List': [LOG, '0', '10'],
    'AnchorContract:Logs': [],
  };
  return known[name]!;
}

async function prepare(): Promise<TestChannel> {
  const channel = new TestChannel('any');
  const admin = await enrolRole(OWNER, 'admin');
  const devices = JSON.stringify([registration('active'), registration('idle')]);
  await channel.submit(admin, 'DeviceContract:Register', devices);
  await channel.submit(admin, 'DeviceContract:Activate', 'active', 'ready');
  const headers = JSON.stringify(headerChain(LOG, 1));
  await channel.submit(await enrolRole(OWNER, 'ingest'), 'AnchorContract:Append', LOG, headers);
  return channel;
}

describe('who may call what', () => {
  let channel: TestChannel;

  before(async () => {
    channel = await prepare();
  });

  /** Endorsed and not committed, so that every call meets the same state. */
  async function outcome(name: string, caller: Credentials): Promise<string> {
    try {
      accepted(await channel.endorse(channel.prepare(caller, name, ...argumentsOf(name))));
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
});
