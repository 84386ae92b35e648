import { BiotError } from '../chaincode/protocol/errors.ts';
import { awaitBlockEverywhere } from './await-block.ts';
import type { Home } from './home/home.ts';
import { type Channel, CHANNELS } from './home/organisations.ts';
import { connectLedger } from './ledger/client.ts';
import { memberConnection } from './ledger/member-connection.ts';
import { type PolicyLedger, policyLedger } from './ledger/policies.ts';

/** Any administrator may begin the policy: the rules to begin with are in the contracts, which all have approved. */
const INITIATOR = 'admin@manufacturer';

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
    return await beginPolicy(policyLedger(client, channel), (block) =>
      awaitBlockEverywhere(home, { channel, block }),
    );
  } finally {
    client.close();
  }
}

/**
 * @param known resolves when everybody has a block
 * @returns whether there were no rules
 */
export async function beginPolicy(
  policy: Pick<PolicyLedger, 'rules' | 'initialise'>,
  known: (block: number) => Promise<void>,
): Promise<boolean> {
  if (await mayRead(policy)) return false;
  const { block } = await policy.initialise();
  await known(block);
  // Those to begin with let administrators read them. Whom rules that were there forbid it, they forbid it still.
  return mayRead(policy);
}

/** Where there are no rules nobody may read them. Nor may one whom they forbid it, but then beginning changes nothing. */
async function mayRead(policy: Pick<PolicyLedger, 'rules'>): Promise<boolean> {
  try {
    await policy.rules();
    return true;
  } catch (error) {
    if (error instanceof BiotError && error.code === 'FORBIDDEN') return false;
    throw error;
  }
}
