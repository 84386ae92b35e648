import { BiotError } from '../chaincode/protocol/errors.ts';
import type { Home } from './home/home.ts';
import {
  allOrganisations,
  type Channel,
  CHANNELS,
  type OrganisationName,
  someMemberOf,
} from './home/organisations.ts';
import { connectLedger } from './ledger/client.ts';
import { memberConnection } from './ledger/member-connection.ts';
import { type PolicyLedger, policyLedger } from './ledger/policies.ts';
import { waitUntil } from './processes/wait-until.ts';

/** Any administrator may begin the policy: the rules to begin with are in the contracts, which all have approved. */
const INITIATOR = 'admin@manufacturer';
const KNOWN_WITHIN_MS = 60_000;

/**
 * Gives the channels the rules to begin with, where there are none: without rules the contracts refuse everything.
 * Returns when every member may rely on them.
 *
 * @returns whether a channel had none
 * @throws BiotError SETUP_FAILED, or as LedgerError says
 */
export async function ensurePolicy(home: Home): Promise<boolean> {
  const begun = await Promise.all(CHANNELS.map((channel) => ensurePolicyOf(home, channel)));
  return begun.includes(true);
}

async function ensurePolicyOf(home: Home, channel: Channel): Promise<boolean> {
  const client = connectLedger(memberConnection(home, INITIATOR));
  try {
    const policy = policyLedger(client, channel);
    if (await mayRead(policy)) return false;
    const { block } = await policy.initialise();
    await Promise.all(allOrganisations().map(({ name }) => awaitBlock(home, name, { channel, block })));
    return true;
  } finally {
    client.close();
  }
}

/** Where there are no rules nobody may read them. Nor may one whom they forbid it, but then beginning changes nothing. */
async function mayRead(policy: PolicyLedger): Promise<boolean> {
  try {
    await policy.rules();
    return true;
  } catch (error) {
    if (error instanceof BiotError && error.code === 'FORBIDDEN') return false;
    throw error;
  }
}

/** The peers of the other organisations learn of it a moment later, and refuse everything until then. */
async function awaitBlock(
  home: Home,
  organisation: OrganisationName,
  { channel, block }: { channel: Channel; block: number },
): Promise<void> {
  const client = connectLedger(memberConnection(home, someMemberOf(organisation).name));
  try {
    if (await waitUntil(async () => (await client.height(channel)) > block, KNOWN_WITHIN_MS)) return;
    throw new BiotError('SETUP_FAILED', `${organisation}-peer does not get the rules of ${channel}`);
  } finally {
    client.close();
  }
}
