import { BiotError } from '../chaincode/protocol/errors.ts';
import type { Home } from './home/home.ts';
import { allOrganisations, type Channel, someMemberOf } from './home/organisations.ts';
import { connectLedger } from './ledger/client.ts';
import { memberConnection } from './ledger/member-connection.ts';
import { waitUntil } from './processes/wait-until.ts';

const KNOWN_WITHIN_MS = 60_000;

interface Place {
  readonly channel: Channel;
  readonly block: number;
}

/**
 * Resolves when every organisation's peer has a block. Whoever wrote it knows of its own peer alone; the others get it a
 * moment later, and answer and endorse by what was before until then.
 *
 * @throws BiotError SETUP_FAILED when that takes too long, or as LedgerError says
 */
export async function awaitBlockEverywhere(home: Home, place: Place): Promise<void> {
  await Promise.all(allOrganisations().map(({ name }) => awaitBlock(home, name, place)));
}

async function awaitBlock(home: Home, organisation: string, { channel, block }: Place): Promise<void> {
  const client = connectLedger(memberConnection(home, someMemberOf(organisation).name));
  try {
    if (await waitUntil(async () => (await client.height(channel)) > block, KNOWN_WITHIN_MS)) return;
    throw new BiotError('SETUP_FAILED', `${organisation}-peer does not get block ${block} of ${channel}`);
  } finally {
    client.close();
  }
}
